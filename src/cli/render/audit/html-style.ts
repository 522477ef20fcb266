// How the audit's HTML report looks: light and dark, screen, phone and paper.

/** Colours reach a contrast of 4.5 for text and 3 for bars, in both schemes. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #1a1f29; --soft: #566074; --line: #dfe3ea; --code: #f0f2f6;
  --bar: #a9bdf5; --fresh: #2f5bd7; --error: #b3261e; --error-back: #fdecea; --warning: #7a4f00; --warning-back: #fff3d6;
  --good: #1a6b3a; --good-back: #e4f5ea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10131a; --card: #191d26; --text: #e7eaf0; --soft: #a3adbf; --line: #2d3442; --code: #222835;
    --bar: #3f5796; --fresh: #8fabff; --error: #ff9d94; --error-back: #43191a; --warning: #f5c667; --warning-back: #3c2c0c;
    --good: #7fdba0; --good-back: #12331f;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
header { margin-bottom: 1.5rem; }
h1 { font-size: 1.65rem; line-height: 1.2; margin: 0 0 0.4rem; letter-spacing: -0.01em; }
h2 { font-size: 1.15rem; margin: 0 0 0.9rem; }
p { margin: 0 0 0.6rem; }
.meta { color: var(--soft); font-size: 0.9rem; overflow-wrap: anywhere; }
.verdict { display: inline-block; margin: 0.6rem 0 0; padding: 0.35rem 0.8rem; border-radius: 0.5rem; font-weight: 600; }
.error { color: var(--error); background: var(--error-back); }
.warning { color: var(--warning); background: var(--warning-back); }
.good { color: var(--good); background: var(--good-back); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 0.75rem; padding: 1.25rem; margin-bottom: 1.25rem; }
.counts { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.2rem, 1fr)); gap: 0.75rem; margin: 0 0 1.25rem; }
.counts div { background: var(--card); border: 1px solid var(--line); border-radius: 0.75rem; padding: 0.7rem 0.9rem; display: flex; flex-direction: column-reverse; }
.counts dt { color: var(--soft); font-size: 0.85rem; }
.counts dd { margin: 0; font-size: 1.5rem; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
figure { margin: 0; }
.plot { display: block; overflow: visible; }
.plot .total { fill: var(--bar); }
.plot .created { fill: var(--fresh); }
.plot .grid { stroke: var(--line); }
.plot .axis { stroke: var(--soft); }
.plot text { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
.plot .value { fill: var(--text); font-weight: 600; font-size: 11px; }
figcaption { color: var(--soft); font-size: 0.9rem; margin: 0.6rem 0 0.8rem; }
.key { display: inline-block; width: 0.8em; height: 0.8em; border-radius: 2px; margin-right: 0.4em; vertical-align: -0.05em; }
.key.total { background: var(--bar); }
.key.created { background: var(--fresh); margin-left: 1em; }
table { width: 100%; border-collapse: collapse; font-size: 0.93rem; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: 0.85rem; }
th, td { padding: 0.55rem 0.75rem 0.55rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody:last-child tr:last-child > * { border-bottom: 0; }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.values { width: auto; min-width: min(100%, 22rem); }
.what { overflow-wrap: anywhere; }
.small { color: var(--soft); font-size: 0.85rem; overflow-wrap: anywhere; }
.badge { display: inline-block; padding: 0.05rem 0.5rem; border-radius: 0.4rem; font-size: 0.8rem; font-weight: 600; margin: 0 0.25rem 0.2rem 0; white-space: nowrap; }
.state { white-space: nowrap; }
code { font: 0.86rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.fix { display: block; background: var(--code); border-radius: 0.4rem; padding: 0.4rem 0.6rem; margin-top: 0.4rem; }
details > summary { cursor: pointer; padding: 0.35rem 0; }
.host th { padding-top: 1.3rem; color: var(--text); font-size: 1rem; overflow-wrap: anywhere; }
.host .small { font-weight: 400; margin-left: 0.5rem; }
.findings td:first-child { width: 11rem; }
.subscriptions td:nth-child(2) { width: 6.5rem; }
.subscriptions td:nth-child(3) { width: 7rem; white-space: nowrap; }
.subscriptions td:nth-child(4) { width: 11rem; }
ul { margin: 0; padding-left: 1.2rem; }
:focus-visible { outline: 2px solid var(--fresh); outline-offset: 2px; }
@media (max-width: 40rem) {
  main { padding: 1.25rem 0.75rem 2rem; }
  section { padding: 1rem 0.85rem; }
  .counts { grid-template-columns: repeat(4, 1fr); gap: 0.4rem; }
  .counts div { padding: 0.5rem 0.55rem; }
  .counts dd { font-size: 1.15rem; }
  .counts dt { font-size: 0.75rem; }
  .stacked, .stacked tbody, .stacked tr, .stacked td, .host th { display: block; width: auto !important; }
  .stacked thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stacked tr { border-bottom: 1px solid var(--line); padding: 0.6rem 0; }
  .stacked tr:last-child { border-bottom: 0; }
  .stacked td { border: 0; padding: 0.1rem 0; }
  .subscriptions td:nth-child(n + 2) { display: inline-block; margin-right: 0.6rem; }
}
@media print {
  :root { --page: #ffffff; --soft: #444b5a; }
  @page { margin: 14mm; }
  body { font-size: 10pt; }
  .counts { grid-template-columns: repeat(8, 1fr); gap: 0.4rem; }
  main { max-width: none; padding: 0; }
  section, .counts div { border-color: #c9ced8; break-inside: auto; }
  tr, figure, .counts { break-inside: avoid; }
  h2 { break-after: avoid; }
  thead { display: table-header-group; }
  .total, .created, .badge, .verdict, .key { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  details::details-content { content-visibility: visible; display: block; block-size: auto; }
}
`
