'use strict';
// CommonJS on purpose: getaddrinfo blocks a pool thread each, and the ESM loader starts the pool before any module runs.
process.env.UV_THREADPOOL_SIZE ??= '16';
require('node:module').enableCompileCache?.();
void import('../dist/cli/main.js');
