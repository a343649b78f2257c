import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

/** The files below a folder, each with the files that it imports: imports of types and dynamic ones too. */
function importsBelow(folder: string): Map<string, string[]> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return new Map(
    files.map((name) => {
      const file = join(folder, name);
      const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'));
      const relative = importedFiles.map(({ fileName }) => fileName).filter((imported) => imported.startsWith('.'));
      return [file, relative.map((imported) => join(dirname(file), imported.replace(/\.js$/, '.ts')))];
    }),
  );
}

function findCycle(imports: Map<string, string[]>): string[] {
  const done = new Set<string>();
  const visit = (file: string, path: string[]): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    const cycle = (imports.get(file) ?? [])
      .map((next) => visit(next, [...path, file]))
      .find(({ length }) => length > 0);
    done.add(file);
    return cycle ?? [];
  };
  return [...imports.keys()].map((file) => visit(file, [])).find(({ length }) => length > 0) ?? [];
}

// `import-x/no-cycle` passes over imports of types.
it.each(['src', 'simulator'])('no file of %s imports itself by way of others', (folder) => {
  const imports = importsBelow(folder);
  expect([...imports.values()].flat().length).toBeGreaterThan(50);
  expect(findCycle(imports)).toEqual([]);
});
