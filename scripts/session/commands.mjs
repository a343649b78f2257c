// @ts-check

/**
 * @typedef {object} Scene
 * @property {string} title what it shows
 * @property {string[]} args of `sparkrtc-recorder`
 * @property {number} [code] its exit code; 0 unless given
 */

const USER = ['--app', 'rtctest', '--room', 'room001', '--user', 'user001'];

/**
 * What is played for docs/terminal-session.md, in this order.
 * @type {Scene[]}
 */
export const SESSION = [
  { title: 'Is everything there?', args: ['doctor', '--bucket', 'obsName'] },
  { title: 'Start a recording', args: ['start', '--input', 'scripts/demo/recording.json'] },
  { title: 'Follow it to its end', args: ['watch', ...USER] },
  { title: 'Its files', args: ['files', ...USER] },
  { title: 'How it went, afterwards', args: ['status', ...USER] },
  { title: 'All recordings of the room', args: ['list', '--room', 'room001', '--last', '2 days'] },
  {
    title: 'One that there is not',
    args: ['status', '--app', 'rtctest', '--room', 'room001', '--user', 'me'],
    code: 3,
  },
];

/**
 * A scene as somebody types it.
 * @param {Scene} scene
 */
export function commandLine({ args }) {
  return ['sparkrtc-recorder', ...args.map((arg) => (/\s/.test(arg) ? `"${arg}"` : arg))].join(' ');
}
