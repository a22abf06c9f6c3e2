#!/usr/bin/env node
// Starts dist/cli.js with a Node that can run it. Plain JavaScript that any Node still in use can read.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

// JSON.parse with source access, which keeps the digits of bigints, came with Node 22.
const LEAST_NODE = 22;

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const root = pathOf('..');
const command = pathOf('../dist/cli.js');
const ownNode = pathOf('../node_modules/node/bin/node');

if (!existsSync(command)) {
  fail(`The nightshift command is not built yet. Run this first: npm run build --prefix "${root}"`);
} else if (Number(process.versions.node.split('.')[0]) >= LEAST_NODE) {
  await import('../dist/cli.js');
} else if (existsSync(ownNode)) {
  runWith(ownNode);
} else {
  fail(
    `This is Node ${process.versions.node}, and nightshift needs ${LEAST_NODE} or newer. Run this first: npm ci`,
  );
}

function fail(sentence) {
  console.error(sentence);
  process.exitCode = 70;
}

function runWith(node) {
  const child = spawn(node, [command, ...process.argv.slice(2)], { stdio: 'inherit' });
  // Ctrl-C reaches both by the terminal; the child decides when it is done. A kill by id has to be passed on.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => fail(error.message));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}
