// Loaded before the program by tests: writes beside the result that fail, as a full disk or a hostile stream would have them.
// FAIL_STDERR: every write to standard error throws. FAIL_HAR: every write of a HAR but the first throws.

const fs = require('node:fs')

const full = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })

if (process.env.FAIL_STDERR !== undefined) {
  process.stderr.write = () => {
    throw full()
  }
}

if (process.env.FAIL_HAR !== undefined) {
  const { openSync } = fs
  let opened = 0
  fs.openSync = (path, ...rest) => {
    if (String(path).includes('.har') && (opened += 1) > 1) throw full()
    return openSync(path, ...rest)
  }
}
