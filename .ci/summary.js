// Counts what the tests did, in one line; fails when a test was skipped that this machine should have run.
import { readFileSync } from 'node:fs'

const results = JSON.parse(readFileSync(new URL('../coverage/results.json', import.meta.url), 'utf8'))
const skipped = results.numPendingTests + results.numTodoTests

for (const file of results.testResults) {
  for (const test of file.assertionResults) {
    if (test.status !== 'passed') console.log(`${test.status}: ${test.fullName}`)
  }
}
console.log(`${results.numPassedTests} passed, ${results.numFailedTests} failed, ${skipped} skipped`)
if (results.numFailedTests > 0 || skipped > 0 || results.numPassedTests === 0) process.exitCode = 1
