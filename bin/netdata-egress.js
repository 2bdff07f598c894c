#!/usr/bin/env node
'use strict';
// Every Node there ever was must be able to parse this file, so that it can say which one is needed: ES5 only.
var needed = '20.18.1';
var installed = process.versions.node;

function isOlder(version, than) {
  var a = version.split('.').map(Number);
  var b = than.split('.').map(Number);
  return (a[0] - b[0] || a[1] - b[1] || a[2] - b[2]) < 0;
}

if (isOlder(installed, needed)) {
  process.stderr.write('netdata-egress needs Node.js ' + needed + ' or newer; this is ' + installed + '\n');
  process.exit(2);
} else {
  var enableCompileCache = require('module').enableCompileCache;
  if (enableCompileCache) enableCompileCache();
  require('./start.js');
}
