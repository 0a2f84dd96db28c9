// Runs SQL in DuckDB and prints the rows of the last statement as one JSON array.
//
//   node duckdb.mjs [--types] [SQL]      without SQL it is read from stdin
//
// --types prints { "types": { column: type }, "rows": [...] } instead.
// Integers of any size and decimals are printed as exact JSON numbers, times as ISO 8601 in UTC with six decimals, maps as objects,
// blobs as hex, lists as arrays, structs as objects. A reader that needs the digits must not parse numbers as doubles.
// Exit codes: 0 done, 1 the SQL failed, 2 the package is not installed.

import { readFileSync } from 'node:fs';

let duckdb;
try {
  duckdb = await import('@duckdb/node-api');
} catch (error) {
  console.error(`@duckdb/node-api is not installed: run "make test", or "npm ci" in tests/tools (${error.message})`);
  process.exit(2);
}

const args = process.argv.slice(2);
const withTypes = args[0] === '--types';
const sql = args[withTypes ? 1 : 0] ?? readFileSync(0, 'utf8');

const two = (n) => String(n).padStart(2, '0');

function time(micros, suffix) {
  const days = micros / 86_400_000_000n - (micros % 86_400_000_000n < 0n ? 1n : 0n);
  const rest = micros - days * 86_400_000_000n;
  const date = new Date(Number(days) * 86_400_000);
  const seconds = rest / 1_000_000n;
  const clock = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map(two).join(':');
  const day = `${String(date.getUTCFullYear()).padStart(4, '0')}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
  return JSON.stringify(`${day}T${clock}.${String(rest % 1_000_000n).padStart(6, '0')}${suffix}`);
}

const object = (pairs) => `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`;

// A map's key is a JSON name, so a text stays as it is and everything else is its own JSON.
const name = (key) => (typeof key === 'string' ? key : json(key));

// JSON by hand: JSON.stringify knows neither BigInt nor exact decimals.
function json(value) {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : JSON.stringify(String(value));
  if (typeof value !== 'object') return JSON.stringify(value);
  switch (value.constructor.name) {
    case 'DuckDBDecimalValue': return value.toString();
    case 'DuckDBTimestampTZValue': return time(value.micros, 'Z');
    case 'DuckDBTimestampValue': return time(value.micros, '');
    case 'DuckDBBlobValue': return JSON.stringify(Buffer.from(value.bytes).toString('hex'));
    case 'DuckDBMapValue': return object(value.entries.map(({ key, value: v }) => [name(key), json(v)]));
    case 'DuckDBStructValue': return object(Object.entries(value.entries).map(([key, v]) => [key, json(v)]));
    case 'DuckDBListValue':
    case 'DuckDBArrayValue': return `[${value.items.map(json).join(',')}]`;
    default: return JSON.stringify(value.toString());
  }
}

try {
  // Nothing may come from the network: what DuckDB lacks is an error.
  const instance = await duckdb.DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    threads: '2',
  });
  const connection = await instance.connect();
  if (!sql.trim()) throw new Error('no SQL was given');
  const statements = await connection.extractStatements(sql);
  let reader;
  for (let i = 0; i < statements.count; i++) {
    const statement = await statements.prepare(i);
    reader = await statement.runAndReadAll();
  }
  const names = reader.deduplicatedColumnNames();
  const rows = `[${reader.getRows().map((row) => object(names.map((n, i) => [n, json(row[i])]))).join(',\n')}]`;
  const types = () => object(names.map((n, i) => [n, JSON.stringify(reader.columnType(i).toString())]));
  process.stdout.write(withTypes ? `{"types":${types()},"rows":${rows}}\n` : `${rows}\n`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
