import { liveCases } from './live-cases.js';
import { HOSTS } from './managers.js';

liveCases(HOSTS.filter((manager) => manager.target === 'ipset'));
