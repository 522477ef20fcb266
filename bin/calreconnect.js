#!/usr/bin/env node
// Plain old JavaScript, so that an old Node still reads as far as the message below.
'use strict'

var floor = [20, 18, 1]
var have = process.versions.node.split('.').map(Number)
var tooOld = have[0] < floor[0] || (have[0] === floor[0] && (have[1] < floor[1] || (have[1] === floor[1] && have[2] < floor[2])))

if (tooOld) {
  process.stderr.write('calreconnect needs Node.js ' + floor.join('.') + ' or newer; this is ' + process.versions.node + '\n')
  process.exitCode = 2
} else if (!require('node:fs').existsSync(require('node:path').join(__dirname, '../dist/main.js'))) {
  process.stderr.write('calreconnect is not built yet\nHint: npm run build\n')
  process.exitCode = 1
} else {
  require('../dist/main.js').main()
}
