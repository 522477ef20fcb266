// A rule for the linter: no regular expression whose time grows faster than the text it is tried on, or that a long text breaks. What it is tried on was written by
// others. Patterns that are put together at run time it cannot see: test/support/growth-subjects.ts has those.

import { analyse } from 'scslre'

/** What each kind of report means. @see https://rundevelopment.github.io/scslre */
const MEANINGS = {
  Trade: 'two of its quantifiers can exchange what they match',
  Self: 'a quantifier can reach itself again',
  Move: 'a quantifier runs on from every place at which it is tried: begin with what cannot be within it, or a lookbehind',
}
const REPORT_TYPES = { Trade: true, Self: true, Move: true }

/** `{6,}`: the engine keeps a place on its stack for each repetition, and 8 MiB of letters are too many for it. */
function overflowsIn(pattern) {
  return [...pattern.matchAll(/(?<!\\)\{(?:[2-9]|\d\d+),\}/g)].map(([found]) => ({
    message: `Overflows the stack on a long text: ${found}; write {n} and then *`,
  }))
}

const patterns = {
  create: (context) => ({
    Literal(node) {
      if (!node.regex) return
      for (const { message } of overflowsIn(node.regex.pattern)) context.report({ node, message })
      const { reports } = analyse({ source: node.regex.pattern, flags: node.regex.flags }, { reportTypes: REPORT_TYPES })
      for (const { type, character } of reports) {
        const message = `Not linear: ${MEANINGS[type]} (many ${JSON.stringify(character.pick)} in a row)`
        context.report({ node, message })
      }
    },
  }),
}

export default { meta: { name: 'linear' }, rules: { patterns } }
