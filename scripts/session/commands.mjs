// @ts-check

/** What is played for docs/terminal-session.md, in this order: what it shows, and the command. */
export const SESSION = [
  {
    title: 'Is everything there?',
    command: 'sparkrtc-recorder doctor --bucket obsName',
  },
  {
    title: 'Start a recording',
    command: 'sparkrtc-recorder start --input scripts/demo/recording.json',
  },
  {
    title: 'Follow it to its end',
    command: 'sparkrtc-recorder watch --app rtctest --room room001 --user user001',
  },
  {
    title: 'Its files',
    command: 'sparkrtc-recorder files --app rtctest --room room001 --user user001',
  },
  {
    title: 'How it went, afterwards',
    command: 'sparkrtc-recorder status --app rtctest --room room001 --user user001',
  },
  {
    title: 'All recordings of the room',
    command: 'sparkrtc-recorder list --room room001 --last "2 days"',
  },
  {
    title: 'One that there is not',
    command: 'sparkrtc-recorder status --app rtctest --room room001 --user nobody',
  },
];
