/** The stylesheet of every page: system fonts, light and dark, narrow and wide. */
export const style = `
:root {
  color-scheme: light dark;
  --ink: #1b1f24; --soft: #5b6570; --line: #dfe3e8; --page: #f4f6f8; --card: #fff; --link: #0b5cad; --hover: #f8fafc;
  --firing: #c62828; --firing-tint: #fdecea; --resolved: #2e7d32; --resolved-tint: #e8f5e9; --other: #78838f; --other-tint: #eceff2;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e4e8ec; --soft: #98a3af; --line: #2c333b; --page: #12161a; --card: #1a1f25; --link: #6cb2f7; --hover: #20262d;
    --firing: #ff7b72; --firing-tint: #3a1f1f; --resolved: #6fcf79; --resolved-tint: #1b3120; --other: #98a3af; --other-tint: #262d35;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
a:focus-visible, input:focus-visible, button:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
.wrap { max-width: 60rem; margin: 0 auto; padding: 1.25rem 1rem 3rem; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem .75rem; margin-bottom: 1rem; }
h1 { font-size: 1.4rem; line-height: 1.25; margin: 0; letter-spacing: -.01em; overflow-wrap: anywhere; }
.lead { color: var(--soft); margin: 0; }
.tools { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin-bottom: 1rem; }
.tools input { flex: 1 1 14rem; min-width: 0; }
input, button { font: inherit; color: inherit; padding: .4rem .7rem; border: 1px solid var(--line); border-radius: 6px; background: var(--card); }
input::placeholder { color: var(--soft); opacity: 1; }
button { cursor: pointer; }
button:hover { background: var(--hover); }
nav { display: flex; border: 1px solid var(--line); border-radius: 6px; overflow: hidden; background: var(--card); }
nav a { padding: .4rem .8rem; color: var(--soft); white-space: nowrap; }
nav a + a { border-left: 1px solid var(--line); }
nav a:hover { background: var(--hover); text-decoration: none; }
nav a[aria-current] { color: var(--ink); font-weight: 600; background: var(--hover); box-shadow: inset 0 -2px var(--link); }
.list { list-style: none; margin: 0; padding: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.list li + li { border-top: 1px solid var(--line); }
.row { display: grid; grid-template: "subject time" auto "to chips" auto / 1fr auto; gap: .1rem 1rem; padding: .65rem 1rem .65rem .85rem; border-left: 4px solid var(--other); color: inherit; }
.row:hover { background: var(--hover); text-decoration: none; }
.row.firing { border-left-color: var(--firing); }
.row.resolved { border-left-color: var(--resolved); }
.row time { grid-area: time; text-align: end; }
.subject { grid-area: subject; font-weight: 600; overflow-wrap: anywhere; min-width: 0; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
.to { grid-area: to; color: var(--soft); overflow-wrap: anywhere; min-width: 0; }
time { color: var(--soft); white-space: nowrap; font-variant-numeric: tabular-nums; }
.chips { grid-area: chips; display: flex; gap: .35rem; justify-content: flex-end; align-items: center; flex-wrap: wrap; }
.chip { font-size: .78rem; line-height: 1.4; padding: .05rem .5rem; border-radius: 999px; background: var(--other-tint); color: var(--soft); white-space: nowrap; }
.chip.mono { font-size: .74rem; line-height: 1.5; }
.chip.firing { background: var(--firing-tint); color: var(--firing); font-weight: 600; }
.chip.resolved { background: var(--resolved-tint); color: var(--resolved); font-weight: 600; }
.empty { padding: 3rem 1rem; text-align: center; color: var(--soft); background: var(--card); border: 1px dashed var(--line); border-radius: 8px; }
.empty code { display: inline-block; margin-top: .5rem; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: .75rem 0 1.25rem; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.tabs { margin-bottom: -1px; width: max-content; max-width: 100%; overflow-x: auto; border-radius: 6px 6px 0 0; }
.panel { background: var(--card); border: 1px solid var(--line); border-radius: 0 8px 8px 8px; overflow: hidden; }
iframe { display: block; width: 100%; height: 75vh; border: 0; background: #fff; }
pre { margin: 0; padding: 1rem; overflow-x: auto; font: 13px/1.55 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 2; }
table { width: 100%; border-collapse: collapse; font: 13px/1.5 var(--mono); }
th, td { text-align: left; vertical-align: top; padding: .35rem 1rem; overflow-wrap: anywhere; white-space: pre-wrap; }
th { font-weight: 400; color: var(--soft); white-space: nowrap; width: 1%; }
tr + tr > * { border-top: 1px solid var(--line); }
.key { color: var(--link); } .string { color: var(--resolved); } .literal { color: var(--firing); }
.mono { font-family: var(--mono); font-size: .92em; }
@media (max-width: 36rem) {
  .row { grid-template: "subject subject" auto "to to" auto "chips time" auto / 1fr auto; gap: .2rem 1rem; }
  .chips { justify-content: flex-start; }
  th { white-space: pre-wrap; width: auto; }
}
`
