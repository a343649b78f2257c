// @ts-check
import { join } from 'node:path';
import ts from 'typescript';
import { projectDirectory } from '../setup/paths.mjs';

/** @typedef {import('zod').core.JSONSchema.BaseSchema} JsonSchema */

/**
 * The same schemas, described in the words of the docstrings of the types that they are of, so that nothing is said twice.
 * @param {Record<string, JsonSchema>} schemas by the name of the type, one of those in src/contract/input.ts and result.ts
 * @returns {Record<string, JsonSchema>}
 */
export function describedByDocstrings(schemas) {
  const files = ['input.ts', 'result.ts'].map((name) => join(projectDirectory, 'src', 'contract', name));
  const config = ts.getParsedCommandLineOfConfigFile(join(projectDirectory, 'tsconfig.json'), {}, configHost);
  const program = ts.createProgram(files, config?.options ?? {});
  const checker = program.getTypeChecker();
  const exported = files.flatMap((file) => {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    return module ? checker.getExportsOfModule(module) : [];
  });

  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const symbol = exported.find((one) => one.name === name);
      if (!symbol) throw new Error(`src/contract exports no type ${name}`);
      return [name, { description: docstringOf(symbol), ...describe(schema, checker.getDeclaredTypeOfSymbol(symbol)) }];
    }),
  );

  /** @param {ts.Symbol} symbol */
  function docstringOf(symbol) {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
    if (text === '') throw new Error(`${symbol.name} of the contract has no docstring`);
    return text.replace(/\{@link (?:\w+\.)?(\w+)\}/g, '`$1`');
  }

  /**
   * @param {JsonSchema} schema
   * @param {ts.Type} type
   * @returns {JsonSchema}
   */
  function describe(schema, type) {
    const { properties, items } = schema;
    const elements = checker.getIndexTypeOfType(type, ts.IndexKind.Number);
    return {
      ...schema,
      ...(properties && {
        properties: Object.fromEntries(
          Object.entries(properties).map(([name, property]) => {
            const symbol = checker.getPropertyOfType(type, name);
            if (!symbol || typeof property === 'boolean') throw new Error(`the type and its schema differ in ${name}`);
            const inner = checker.getNonNullableType(checker.getTypeOfSymbol(symbol));
            return [name, { description: docstringOf(symbol), ...describe(property, inner) }];
          }),
        ),
      }),
      // An element has no docstring of its own: the list's says what it is.
      ...(elements &&
        items &&
        !Array.isArray(items) &&
        typeof items !== 'boolean' && { items: describe(items, elements) }),
    };
  }
}

/** @type {ts.ParseConfigFileHost} */
const configHost = {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
    throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
  },
};
