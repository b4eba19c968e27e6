import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Colours text when stderr is a terminal and NO_COLOR is unset. */
const painter =
  (style: Style) =>
  (text: string): string =>
    styleText(style, text, { stream: process.stderr })

export const paint = {
  red: painter('red'),
  yellow: painter('yellow'),
  green: painter('green'),
  bold: painter('bold'),
  dim: painter('dim'),
} as const
