import { runGroup } from './harness/run-cases.js';

runGroup('products');
