/** The page's style. Colours are variables, so that the drawings follow the reader's choice of light or dark. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f6f3ec; --card: #fffdf8; --ink: #1d2433; --soft: #5d6575; --line: #ddd7c9; --accent: #a8431f;
  --l0: #b9bfd0; --l1: #96a1bf; --l2: #6d7eac; --l3: #465d98; --l4: #243f80; --l5: #0d2258;
  --bar: #2f4f8f; --sea: #fbf9f3; --grid: #e4dfd2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0b0f1a; --card: #111728; --ink: #eef0f6; --soft: #99a2b8; --line: #232c42; --accent: #ff9466;
    --l0: #3d3a4c; --l1: #6b5a52; --l2: #a5814f; --l3: #dcae58; --l4: #ffd98a; --l5: #fff6dc;
    --bar: #d9a651; --sea: #0e1422; --grid: #1b2336;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
main { max-width: 84rem; margin: 0 auto; padding: clamp(1.25rem, 4vw, 3.5rem) clamp(1rem, 4vw, 2.5rem); }
h1, h2 { font-family: "Iowan Old Style", "Palatino Linotype", Palatino, "Source Serif 4", Georgia, serif; font-weight: 600; letter-spacing: -0.012em; line-height: 1.15; text-wrap: balance; }
h1 { font-size: clamp(2.1rem, 5.2vw, 3.6rem); margin: 0 0 .6rem; }
h2 { font-size: 1.45rem; margin: 0 0 .3rem; }
p { max-width: 44rem; margin: 0 0 1rem; }
.lead { font-size: 1.15rem; color: var(--soft); }
.note { color: var(--soft); font-size: .92rem; }
dl.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: 1.25rem; margin: 2rem 0 1.6rem; padding: 0; }
dl.figures div { border-top: 2px solid var(--ink); padding-top: .55rem; display: flex; flex-direction: column-reverse; justify-content: flex-end; }
dl.figures dd { margin: 0; font-size: 1.75rem; font-weight: 600; letter-spacing: -0.02em; line-height: 1.2; }
dl.figures dt { color: var(--soft); font-size: .92rem; }
figure { margin: 0 0 3rem; }
figcaption { color: var(--soft); font-size: .92rem; margin-top: .6rem; max-width: 52rem; }
.world { background: var(--sea); border: 1px solid var(--line); border-radius: 10px; padding: clamp(.4rem, 1.5vw, 1.2rem); overflow-x: auto; }
svg { display: block; width: 100%; height: auto; }
svg.map { min-width: 40rem; }
svg text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; fill: var(--soft); font-variant-numeric: tabular-nums; }
.graticule path { fill: none; stroke: var(--grid); stroke-width: 1; }
.lights path { fill: none; stroke-linecap: round; }
.light-0 { stroke: var(--l0); } .light-1 { stroke: var(--l1); } .light-2 { stroke: var(--l2); }
.light-3 { stroke: var(--l3); } .light-4 { stroke: var(--l4); } .light-5 { stroke: var(--l5); }
.lonely circle { fill: none; stroke: var(--accent); stroke-width: 1.6; }
.lonely text { fill: var(--accent); font-weight: 700; paint-order: stroke; stroke: var(--sea); stroke-width: 3px; }
.profile rect { fill: var(--bar); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 3rem clamp(2rem, 4vw, 4rem); }
.bars rect, .columns rect { fill: var(--bar); }
svg .name { fill: var(--ink); font-size: 13px; }
svg .value { font-size: 12.5px; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
th, td { text-align: left; padding: .42rem .75rem .42rem 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
th { color: var(--soft); font-weight: 500; font-size: .85rem; }
td.n, th.n { text-align: right; white-space: nowrap; padding-right: 0; padding-left: .75rem; }
td .note { display: block; line-height: 1.3; }
td.rank { color: var(--accent); font-weight: 700; width: 2rem; }
details { margin: 3rem 0; border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); padding: .9rem 0; }
summary { cursor: pointer; font-weight: 600; }
details table { margin-top: 1rem; max-width: 44rem; }
footer { color: var(--soft); font-size: .9rem; }
footer p { max-width: 56rem; }
a { color: inherit; text-decoration-color: var(--accent); text-underline-offset: .18em; }
@media print { details { display: none; } }
`;
