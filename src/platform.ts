/* Imported before Temporal's worker, which would end with a stack trace where its native part cannot run. */

/** What Temporal's SDK has a native part for. */
const PLATFORMS = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win32-x64'];

// Not in the types of Node 20; without it the report looks up names of all connections.
Object.assign(process.report, { excludeNetwork: true });
const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
const platform = `${process.platform}-${process.arch}`;

if (process.platform === 'linux' && header.glibcVersionRuntime === undefined) {
  end(
    "Temporal's SDK needs glibc, which Alpine lacks. Use an image of Debian or Ubuntu, such as " +
      'node:24-bookworm-slim. Receiver, setup and CLI run on Alpine too.',
  );
}
if (!PLATFORMS.includes(platform)) {
  end(`Temporal's SDK has no native part for ${platform}, only for ${PLATFORMS.join(', ')}.`);
}

function end(reason: string): never {
  console.error(`The worker cannot run here: ${reason}`);
  process.exit(1);
}
