// Where the code comes from: install scripts that are allowed, a bill of materials that names all that is shipped, known vulnerabilities.
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundledPackages, installScripts } from './licenses.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'))

function check(holds, text) {
  if (holds) return
  console.error(text)
  process.exitCode = 1
}

const { allowScripts, dependencies, optionalDependencies } = read('package.json')
const allowed = Object.keys(allowScripts).toSorted()
const scripted = installScripts(root)
check(
  allowed.join() === scripted.join(),
  `Packages with install scripts are ${scripted.join(', ')}; allowScripts in package.json names ${allowed.join(', ')}`,
)

const { components } = JSON.parse(execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], { cwd: root, encoding: 'utf8' }))
const named = new Set(components.map(({ purl }) => decodeURIComponent(purl)))
const shipped = bundledPackages(read('dist/meta.json')).map((folder) => read(`${folder}/package.json`))
const installed = Object.keys({ ...dependencies, ...optionalDependencies }).map((name) => read(`node_modules/${name}/package.json`))
for (const { name, version } of [...shipped, ...installed]) {
  check(named.has(`pkg:npm/${name}@${version}`), `The bill of materials (npm run sbom) does not name ${name} ${version}`)
}

const audit = spawnSync('npm', ['audit', '--audit-level=high', '--json'], { cwd: root, encoding: 'utf8' })
const report = JSON.parse(audit.stdout || '{}')
if (report.metadata === undefined) console.log(`npm audit has no answer here (${report.message ?? 'no report'}): not judged`)
else check(audit.status === 0, `npm audit: ${JSON.stringify(report.metadata.vulnerabilities)}; npm audit says which`)

console.log(`${scripted.length} packages with install scripts, ${shipped.length} bundled, ${components.length} in the bill of materials`)
