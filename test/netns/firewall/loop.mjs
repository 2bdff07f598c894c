// Connects in a loop until standard input closes, then prints how many connects worked and what failed.
import net from 'node:net';

const addresses = JSON.parse(process.argv[2]);
const state = { running: true };
process.stdin.resume();
process.stdin.on('end', () => {
  state.running = false;
});
const failures = {};
let connects = 0;

function once(host) {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port: 443, autoSelectFamily: false });
    const timer = setTimeout(() => {
      failures[`${host} timeout`] = (failures[`${host} timeout`] ?? 0) + 1;
      socket.destroy();
      resolve();
    }, 2000);
    socket.once('data', () => {
      connects += 1;
      clearTimeout(timer);
      socket.resetAndDestroy();
      resolve();
    });
    socket.on('error', (error) => {
      failures[`${host} ${error.code}`] = (failures[`${host} ${error.code}`] ?? 0) + 1;
      clearTimeout(timer);
      resolve();
    });
  });
}

await Promise.all(
  addresses.map(async (host) => {
    while (state.running) {
      await once(host);
      // A few hundred a second find every gap; more would only starve the firewall's programs.
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }),
);
process.stdout.write(JSON.stringify({ connects, failures }));
