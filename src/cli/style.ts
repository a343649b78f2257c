import { styleText } from 'node:util';

/** Colours where standard output is a terminal that has them, and NO_COLOR does not forbid them. */
type Style = Parameters<typeof styleText>[0];

function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

export const bold = (text: string): string => styled('bold', text);
export const faint = (text: string): string => styled('dim', text);
export const good = (text: string): string => styled('green', text);
export const bad = (text: string): string => styled('red', text);
export const doubtful = (text: string): string => styled('yellow', text);
