// @ts-check
/**
 * The word list of CONTRIBUTING.md ("How we write"), for `npm run lint:words`. No spell checker: a word is wrong only
 * if it is in this list.
 */
import { defineConfig } from 'cspell';

export default defineConfig({
  version: '0.2',
  language: 'en',
  files: [
    '{src,simulator,test,bench,scripts,examples,deploy}/**/*.{ts,mjs,cjs,py,go,yml,yaml}',
    '{docs,examples,test}/**/*.md',
    '*.{md,mjs}',
  ],
  ignorePaths: ['test/histories/*/*', 'docs/api/**', 'cspell.config.mjs'],
  // Also in lower case, in the parts of camelCase names, and in strings.
  unknownWords: 'report-flagged',
  flagWords: [
    ...['mend->fix', 'mends->fixes', 'mended->fixed', 'mending->fixing'],
    ...['anew->again', 'nobody->no one', 'doubtful->warning'],
    ...['ticked->passed', 'crossed->failed'],
    ...['answer->response', 'answers->responses', 'answered->responded', 'answering->responding'],
    ...['unanswered->whose response was lost'],
    ...['refuse->reject', 'refuses->rejects', 'refused->rejected', 'refusing->rejecting', 'refusal->rejection'],
    ...['told->reported', 'fate->result'],
    ...['somebody->someone', 'anybody->anyone'],
  ],
  // The name of an error of TCP.
  ignoreRegExpList: ['/connections? refused/gi'],
  overrides: [
    // Identifiers are checked where they are defined; the changelog names old ones.
    { filename: '**/*.md', ignoreRegExpList: ['/`[^`\\n]*`/g'] },
    // The table of words that we do not use.
    { filename: 'CONTRIBUTING.md', ignoreRegExpList: ['/^\\|.*\\|$/gm'] },
  ],
});
