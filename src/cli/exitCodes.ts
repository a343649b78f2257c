/** How the command ends; each has a section in docs/errors.md. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  partial: 4,
  empty: 5,
  cancelled: 6,
  /** 128 + SIGINT, as shells expect. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODES_HELP = `
Exit codes (docs/errors.md#exit-codes):
  0    done; of watch: the recording is recorded
  1    the call or the recording failed, or doctor has crossed something
  2    wrong usage, input or environment
  3    there is no such recording
  4    of watch: partial, something is missing
  5    of watch: empty, nothing was recorded
  6    of watch: cancelled or terminated from outside
  130  of watch: Ctrl-C, the recording goes on`;
