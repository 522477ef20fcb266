// The manual page, made of what the built program says of itself: every command with its options and examples, and every topic.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const RULE = /\n\n-{80}\n\n/
/** One line of roff is 80 bytes at most. */
const SUMMARY = 'keep Calendly connections and webhooks correct'

/** roff of the page. @param date of the sources, `2026-11-26`: a page of the same sources is the same page */
export function manualPage(root, { version, date }) {
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', NO_COLOR: '1' }
  const text = execFileSync(process.execPath, [join(root, 'bin/calreconnect.js'), 'help', '--all'], { env, encoding: 'utf8' })
  const [program = '', ...parts] = text.trimEnd().split(RULE)
  return [
    `.TH CALRECONNECT 1 ${date} "calreconnect ${version}" "User Commands"`,
    '.SH NAME',
    `calreconnect \\- ${SUMMARY}`,
    '.SH DESCRIPTION',
    ...verbatim(program),
    ...parts.flatMap((part) => [`.SH ${escaped(headingOf(part))}`, ...verbatim(part)]),
    '',
  ].join('\n')
}

/** `Usage: calreconnect webhooks prune [options]` and `calreconnect help ci` alike: the words up to what varies. */
function headingOf(part) {
  const [first = ''] = part.split('\n')
  const words = first.replace(/^Usage: /, '').split(' ')
  const end = words.findIndex((word) => /^[[<]/.test(word))
  return (end === -1 ? words : words.slice(0, end)).join(' ').toUpperCase()
}

function verbatim(text) {
  return ['.nf', ...text.split('\n').map((line) => (line === '' ? '.sp' : escaped(line.trimEnd()))), '.fi']
}

function escaped(line) {
  const plain = line
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('`', '\\(ga')
    .replaceAll("'", '\\(aq')
  return plain.startsWith('.') ? `\\&${plain}` : plain
}
