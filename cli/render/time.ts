/** A duration for people: `0.4s`, `12.3s`, `2m05s`, `3h12m`, `4d06h`. */
export function duration(ms: number): string {
  if (ms < 0) return '0.0s';
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
  return `${Math.floor(minutes / 1440)}d${two(Math.floor((minutes % 1440) / 60))}h`;
}

/** How long ago a moment was: `just now`, `5s ago`, `3m ago`, `2h ago`, `in 4m`; from two days on the date. */
export function ago(moment: string, now: number): string {
  const ms = now - Date.parse(moment);
  if (Math.abs(ms) < 1500) return 'just now';
  if (Math.abs(ms) > 48 * 3_600_000) return moment.slice(0, 10);
  const span = rough(Math.abs(ms) / 1000);
  return ms < 0 ? `in ${span}` : `${span} ago`;
}

/** The time of day by this machine's clock, `08:15:04`. */
export function clock(moment: string): string {
  const at = new Date(moment);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

function rough(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)}s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)}m`;
  return `${Math.round(seconds / 3600)}h`;
}

const two = (value: number): string => String(value).padStart(2, '0');
