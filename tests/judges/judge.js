// A judge that does not trust patrol: @sigstore/verify, from npm, over a proof file that brings its
// entry. Exit code 0: it holds; 1: it does not; 2: not a fair question.
//
//   NODE_PATH=…/node_modules node judge.js proof FILE VKEY
'use strict';
const fs = require('fs');
const path = require('path');
const { createPublicKey } = require('crypto');

const [, , what, file, vkey] = process.argv;
if (what !== 'proof') process.exit(2);
// Its entry point speaks of whole sigstore bundles; the two parts that judge a log lie beside it.
const folder = path.dirname(require.resolve('@sigstore/verify'));
const { verifyCheckpoint } = require(path.join(folder, 'tlog', 'checkpoint.js'));
const { verifyMerkleInclusion } = require(path.join(folder, 'tlog', 'merkle.js'));

try {
  const text = fs.readFileSync(file, 'utf8');
  const split = text.indexOf('\n\n');
  const lines = text.slice(0, split).split('\n');
  const [name, id, ...rest] = vkey.split('+');
  const key = Buffer.from(rest.join('+'), 'base64').subarray(1);
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key]);
  const log = {
    logID: Buffer.from(id, 'hex'),
    baseURL: `https://${name}`,
    publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
  };
  const entry = {
    canonicalizedBody: Buffer.from(lines[1].slice('extra '.length), 'base64'),
    inclusionProof: {
      checkpoint: { envelope: text.slice(split + 2) },
      logIndex: lines[2].slice('index '.length),
      hashes: lines.slice(3).map((line) => Buffer.from(line, 'base64')),
    },
  };
  const checkpoint = verifyCheckpoint(entry, [log]);
  if (checkpoint.origin !== name) throw new Error('a checkpoint of another log');
  verifyMerkleInclusion(entry, checkpoint);
} catch (error) {
  console.error(`${error.name}: ${error.message}`);
  process.exit(1);
}
