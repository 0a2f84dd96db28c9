// Prints what Bicep files declare and use, as JSON: node bicep.mjs FILE... The grammar is tree-sitter-bicep, in WebAssembly; it knows the syntax and no types.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Language, Parser } from 'web-tree-sitter';

const require = createRequire(import.meta.url);
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(join(dirname(require.resolve('tree-sitter-bicep/package.json')), 'tree-sitter-bicep.wasm')));

const lineOf = (node) => node.startPosition.row + 1;
const named = (node) => node.namedChildren.filter((child) => child.type !== 'comment' && child.type !== 'diagnostic_comment');

/** What the grammar could not read, and objects with two properties on a line, which it reads and the compiler refuses. */
function problems(root) {
  const found = [];
  const visit = (node) => {
    if (node.isError || node.isMissing) {
      found.push({ line: lineOf(node), text: node.isMissing ? `'${node.type}' is missing` : `not understood: ${node.text.slice(0, 60)}` });
      return;
    }
    const keys = node.type === 'object' ? named(node).filter((child) => child.type === 'object_property') : [];
    keys.slice(1).forEach((key, i) => {
      if (key.startPosition.row === keys[i].endPosition.row && !/[,]/.test(node.text.slice(keys[i].endIndex - node.startIndex, key.startIndex - node.startIndex))) {
        found.push({ line: lineOf(key), text: `two properties on a line: ${key.text.slice(0, 60)}` });
      }
    });
    node.children.forEach(visit);
  };
  visit(root);
  return found;
}

/** A string without interpolations; null for any other. */
function literal(node) {
  if (node?.type !== 'string' || named(node).some((child) => child.type === 'interpolation')) {
    return null;
  }
  const text = node.text.startsWith("'''") ? node.text.slice(3, -3).replace(/^\r?\n/, '') : node.text.slice(1, -1);
  return node.text.startsWith("'''") ? text : text.replace(/\\(u\{([0-9a-fA-F]+)\}|.)/g, (_, c, hex) =>
    hex ? String.fromCodePoint(parseInt(hex, 16)) : ({ n: '\n', r: '\r', t: '\t' })[c] ?? c);
}

/** An expression as a tree. */
function value(node) {
  if (node === null || node === undefined) {
    return null;
  }
  const line = lineOf(node);
  const parts = named(node);
  switch (node.type) {
    case 'string': {
      const text = literal(node);
      return text === null
        ? { kind: 'interpolated', text: node.text.slice(1, -1), line, items: parts.filter((part) => part.type === 'interpolation').flatMap(named).map(value) }
        : { kind: 'string', text, line };
    }
    case 'number':
      return { kind: 'number', text: node.text, line };
    case 'boolean':
      return { kind: 'boolean', text: node.text, line };
    case 'null':
      return { kind: 'null', text: 'null', line };
    case 'identifier':
      return { kind: 'identifier', text: node.text, line };
    case 'array':
      return { kind: 'array', text: '', line, items: parts.map(value) };
    case 'object':
      return {
        kind: 'object', text: '', line,
        properties: parts.filter((part) => part.type === 'object_property').map((part) => {
          const [key, content] = [named(part)[0], named(part).at(-1)];
          return { name: key.type === 'string' ? literal(key) ?? key.text.slice(1, -1) : key.text, line: lineOf(part), value: value(content) };
        }),
      };
    case 'parenthesized_expression':
      return parts.length === 1 ? value(parts[0]) : { kind: 'other', text: node.type, line, items: parts.map(value) };
    case 'member_expression':
      return { kind: 'member', text: parts.at(-1).text, line, items: [value(parts[0])] };
    case 'call_expression':
      return { kind: 'call', text: parts[0].text, line, items: [...(parts[0].type === 'identifier' ? [] : [value(parts[0])]), ...named(parts[1] ?? { namedChildren: [] }).map(value)] };
    default:
      return { kind: 'other', text: node.type, line, items: parts.map(value) };
  }
}

/** The names that an expression uses and does not bind itself. */
function uses(node, bound = new Set(), found = []) {
  const parts = named(node);
  switch (node.type) {
    case 'identifier':
      if (!bound.has(node.text)) {
        found.push({ name: node.text, line: lineOf(node) });
      }
      break;
    case 'property_identifier':
      break;
    case 'object_property':
      if (parts[0].type === 'string') {
        uses(parts[0], bound, found);
      }
      parts.slice(1).forEach((part) => uses(part, bound, found));
      break;
    case 'call_expression':
      parts.forEach((part, i) => (i === 0 && part.type === 'identifier' ? undefined : uses(part, bound, found)));
      break;
    case 'lambda_expression': {
      const names = parts[0].type === 'identifier' ? [parts[0].text] : named(parts[0]).map((part) => part.text);
      const inner = new Set([...bound, ...names]);
      parts.slice(1).forEach((part) => uses(part, inner, found));
      break;
    }
    case 'for_statement': {
      const names = parts[0].type === 'for_loop_parameters' ? named(parts[0]).map((part) => part.text) : [parts[0].text];
      uses(parts[1], bound, found);
      const inner = new Set([...bound, ...names]);
      parts.slice(2).forEach((part) => uses(part, inner, found));
      break;
    }
    default:
      parts.forEach((part) => uses(part, bound, found));
  }
  return found;
}

/** `x.outputs.y`, however x is written: x, x!, x[0]. */
function outputsUsed(node, found = []) {
  if (node.type === 'member_expression') {
    const [inner, last] = [named(node)[0], named(node).at(-1)];
    if (inner.type === 'member_expression' && named(inner).at(-1).text === 'outputs') {
      found.push({ name: inner.text.match(/^[A-Za-z_]\w*/)[0], output: last.text, line: lineOf(node) });
    }
  }
  named(node).forEach((child) => outputsUsed(child, found));
  return found;
}

/** The body of a resource or module, out of its condition and its loop. */
function unwrap(node) {
  let [body, condition, loop] = [node, null, false];
  while (body && body.type !== 'object') {
    const parts = named(body);
    if (body.type === 'if_statement') {
      condition = value(parts[0]);
    } else if (body.type === 'for_statement') {
      loop = true;
    } else {
      return { body: null, condition, loop };
    }
    body = parts.at(-1);
  }
  return { body, condition, loop };
}

function summary(path) {
  const { rootNode } = parser.parse(readFileSync(path, 'utf8'));
  const file = { path, problems: problems(rootNode), params: [], types: [], variables: [], resources: [], modules: [], outputs: [], uses: [], outputsUsed: outputsUsed(rootNode) };
  let decorators = [];
  for (const node of named(rootNode)) {
    const parts = named(node);
    const line = lineOf(node);
    const name = parts[0]?.text;
    switch (node.type) {
      case 'decorators':
        decorators = parts.map((part) => value(named(part)[0]));
        file.uses.push(...parts.flatMap((part) => uses(named(part)[0])));
        continue;
      case 'parameter_declaration': {
        const fallback = parts.slice(1).find((part) => part.type !== 'type');
        file.params.push({ name, line, type: parts.find((part) => part.type === 'type')?.text ?? '', value: value(fallback), decorators });
        file.uses.push(...(fallback ? uses(fallback) : []));
        break;
      }
      case 'type_declaration':
        file.types.push({ name, line });
        break;
      case 'variable_declaration':
        file.variables.push({ name, line, value: value(parts[1]) });
        file.uses.push(...uses(parts[1]));
        break;
      case 'output_declaration':
        file.outputs.push({ name, line, type: parts[1].text, value: value(parts.at(-1)) });
        file.uses.push(...uses(parts.at(-1)));
        break;
      case 'resource_declaration': {
        const [type, version] = (literal(parts[1]) ?? '').split('@');
        const { body, condition, loop } = unwrap(parts.at(-1));
        const existing = node.children.some((child) => child.type === 'existing' || child.text === 'existing');
        file.resources.push({ name, line, type, version: version ?? '', existing, condition, loop, body: value(body) });
        file.uses.push(...uses(parts.at(-1)));
        break;
      }
      case 'module_declaration': {
        const { body, condition, loop } = unwrap(parts.at(-1));
        file.modules.push({ name, line, path: literal(parts[1]) ?? '', condition, loop, body: value(body) });
        file.uses.push(...uses(parts.at(-1)));
        break;
      }
    }
    decorators = [];
  }
  return file;
}

process.stdout.write(JSON.stringify(process.argv.slice(2).map(summary)));
