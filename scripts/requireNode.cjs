// Loaded in front of a script (`node -r`), and written for any version: an old Node would end with the stack trace of
// whatever it lacks first.
const { name, engines } = require('../package.json');

const running = process.versions.node;
const [major = 0, minor = 0] = running.split('.').map(Number);
const isSupported = engines.node.split(' || ').some((range) => {
  const [lowestMajor = 0, lowestMinor = 0] = range.replace(/^\D+/, '').split('.').map(Number);
  return (range.startsWith('>=') && major > lowestMajor) || (major === lowestMajor && minor >= lowestMinor);
});

if (!isSupported) {
  console.error(name + ' needs Node ' + engines.node + ' (24 is recommended); this is Node ' + running + '.');
  process.exit(1);
}
