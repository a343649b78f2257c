// @ts-check
import { builtinModules } from 'node:module';
import js from '@eslint/js';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

const nodeBuiltIns = builtinModules.flatMap((name) => [name, `node:${name}`]);

/**
 * The direction of imports: each zone says what may not reach into what.
 * Workflows know types only; the vendor's clients and the callback receiver know nothing of Temporal's side; no one
 * depends on the simulator.
 */
const zones = [
  { target: './src', from: './simulator', message: 'The product never imports its simulator.' },
  { target: './simulator', from: './src', message: 'The simulator is an independent reading of the vendor’s papers.' },
  {
    target: './examples',
    from: ['./src', './simulator'],
    except: ['./client.ts', './nexusService.ts', './nexusHandler.ts', './recordingWorkers.ts'],
    message: 'Examples have what a caller has: the package, by its name.',
  },
  { target: './src/contract', from: './src', except: ['./contract'], message: 'contract/ is the innermost layer.' },
  {
    target: './src/huawei',
    from: './src',
    except: [
      './huawei',
      './network',
      ...['activityTypes', 'json', 'present', 'result'].map((file) => `./contract/${file}.ts`),
    ],
    message: 'The vendor’s clients know nothing of the rest.',
  },
  {
    target: './src/callbacks',
    from: './src',
    except: ['./callbacks', './contract'],
    message: 'callbacks/ knows Temporal only as deliver(event).',
  },
  { target: './src/activities', from: ['./src/workflows', './src/callbacks', './src/temporal'] },
  {
    target: './src/client',
    from: './src',
    except: ['./client', './contract'],
    message: 'Other services load the client: it knows the contract and Temporal, nothing of the worker.',
  },
  {
    target: ['./src/!(cli)/**', './src/!(cli).ts'],
    from: './src/cli',
    message: 'The CLI is nobody’s dependency.',
  },
];

export default tseslint.config(
  { ignores: ['dist/', 'docs/api/', '.cache/', 'coverage/', 'test/histories/'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: [] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // A name for what a schema infers; in an interface, editors and the API reference show each docstring.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-len': ['error', { code: 119, ignoreUrls: true, ignoreRegExpLiterals: true }],
      'import-x/no-duplicates': ['error', { 'prefer-inline': true }],
      'import-x/no-restricted-paths': ['error', { zones }],
    },
  },
  {
    files: ['src/workflows/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: nodeBuiltIns.map((name) => ({ name, message: 'Workflow code is deterministic: no Node built-ins.' })),
          patterns: [
            { group: ['zod', 'undici', 'fastify', 'pino', '@aws-sdk/*'], message: 'Too heavy for workflow code.' },
            {
              group: ['../activities/*', '../huawei/*', '../callbacks/*', '../temporal/*', '../contract/input.js'],
              allowTypeImports: true,
              message: 'Workflows import types only.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', require: 'readonly' } },
  },
  {
    // Quoted data: responses, signatures, messages that are compared.
    files: ['test/**', 'bench/**', 'simulator/**'],
    rules: {
      'max-len': [
        'error',
        { code: 119, ignoreUrls: true, ignoreRegExpLiterals: true, ignoreStrings: true, ignoreTemplateLiterals: true },
      ],
    },
  },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
);
