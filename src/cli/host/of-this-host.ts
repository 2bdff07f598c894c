/** What all observations of the machine itself share: they belong to no step of the network. */
export const OF_THIS_HOST = {
  transactionId: 'host',
  targetId: null,
  leg: null,
  routeId: null,
  role: { kind: 'path' },
  address: null,
} as const;
