/** Every control: one line each. */
import type { Control } from '../types.js';
import { knownAddress, otherResolverAddress } from './addresses.js';
import { browserLike, fullSizeWrite } from './application.js';
import { largeClientHello, shortAnswer, smallClientHello } from './hello.js';
import { noName, otherName, siblingName } from './names.js';
import { browserConnect, proxyOtherProtocol, proxyTls } from './proxy.js';
import { publicResolver, resolverLiveness } from './resolvers.js';
import { gateway, neutralHost, otherPort } from './transport.js';

export const CONTROLS: readonly Control[] = [
  resolverLiveness,
  knownAddress,
  otherResolverAddress,
  publicResolver,
  otherPort,
  gateway,
  neutralHost,
  otherName,
  noName,
  siblingName,
  smallClientHello,
  shortAnswer,
  largeClientHello,
  browserLike,
  fullSizeWrite,
  proxyTls,
  proxyOtherProtocol,
  browserConnect,
];
