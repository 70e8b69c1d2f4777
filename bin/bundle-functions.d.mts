export function functionNames(): string[];
export function bundle(names?: readonly string[], options?: { out?: string }): Promise<Record<string, number>>;
