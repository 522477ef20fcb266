// Whose code the bundle holds, and on what terms: each package's licence text goes into the package, as the licences ask.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Folders below node_modules of which at least one byte is in the output. */
export function bundledPackages(metafile) {
  const used = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs))
  const folders = used.flatMap(([path, { bytesInOutput }]) => {
    const found = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)
    return found === null || bytesInOutput === 0 ? [] : [found[0]]
  })
  return [...new Set(folders)].toSorted()
}

/** The texts of all of them, one after the other. Throws for a package that brings none: its code may not be passed on without. */
export function licenceTexts(root, metafile) {
  const texts = bundledPackages(metafile).map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    const files = readdirSync(join(root, folder)).filter((file) => /^(?:licen[cs]e|copying|notice)(?:[.-]|$)/i.test(file))
    const inFiles = files.map((file) => textOf(join(root, folder, file)))
    const text = files.length === 0 ? sectionOf(join(root, folder)) : inFiles.join('\n\n')
    if (text === null || typeof license !== 'string') throw new Error(`${name} ${version} brings no licence text`)
    return `${name} ${version} (${license})\n\n${text}\n`
  })
  const head = 'calreconnect contains code of the packages below, unchanged but for what its build leaves out.\n'
  return [head, ...texts].join(`\n${'-'.repeat(80)}\n\n`)
}

/** Some packages have theirs at the end of their README only. */
function sectionOf(folder) {
  const readme = readdirSync(folder).find((file) => /^readme(?:[.-]|$)/i.test(file))
  const [, section] = readme === undefined ? [] : (/^#+ *licen[cs]e *\n+([^]*\bpermission[^]*)$/im.exec(textOf(join(folder, readme))) ?? [])
  return section?.trim() ?? null
}

function textOf(file) {
  return readFileSync(file, 'utf8').replaceAll('\r\n', '\n').trim()
}

/** What `npm install` would run scripts of, by the lock file: names. */
export function installScripts(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const withScripts = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript === true)
  return withScripts.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)).toSorted()
}
