// Runs one child and ends it when our own standard input closes, so that nothing outlives the program that started us.
// node tether.cjs SIGNAL UID GID COMMAND [ARGUMENT...]     (UID and GID: -1 = as we are)
'use strict';
const { spawn } = require('node:child_process');

const [signal, uid, gid, command, ...args] = process.argv.slice(2);
const as = Number(uid) >= 0 ? { uid: Number(uid), gid: Number(gid) } : {};
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...as });

let ending = false;
function end() {
    if (ending) return;
    ending = true;
    child.kill(signal);
    setTimeout(() => child.kill('SIGKILL'), 5000).unref();
}

process.stdin.resume();
for (const closed of ['end', 'close', 'error']) process.stdin.on(closed, end);
for (const name of ['SIGTERM', 'SIGHUP', 'SIGINT']) process.on(name, end);
child.on('error', error => { console.error(error.message); process.exit(127); });
child.on('exit', code => process.exit(code ?? 0));
