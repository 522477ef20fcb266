#!/usr/bin/env node
// Plain old JavaScript, so that an old Node still reads as far as the message below.
var floor = [20, 18, 1]
var have = process.versions.node.split('.').map(Number)
var tooOld = have[0] < floor[0] || (have[0] === floor[0] && (have[1] < floor[1] || (have[1] === floor[1] && have[2] < floor[2])))

if (tooOld) {
  process.stderr.write('calreconnect needs Node.js ' + floor.join('.') + ' or newer; this is ' + process.versions.node + '\n')
  process.exitCode = 2
} else {
  import('../dist/main.js').then(
    function (built) {
      return built.main()
    },
    function (error) {
      var notBuilt = error && error.code === 'ERR_MODULE_NOT_FOUND'
      process.stderr.write(
        notBuilt ? 'calreconnect is not built yet\nRun: npm run build\n' : String((error && error.stack) || error) + '\n',
      )
      process.exitCode = 1
    },
  )
}
