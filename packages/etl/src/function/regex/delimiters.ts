/** Which of `delimiters` a text matched by a part of a regular expression may have, one bit each. */
export type DelimiterSet = number

/** Characters at which a record may be split: ASCII, no part of words. */
export const delimiters = '"\t| ;,:=/[](){}<>-.@#'

export const noDelimiter: DelimiterSet = 0
export const anyDelimiter: DelimiterSet = 2 ** delimiters.length - 1

/** The set of one character; empty for characters that are no delimiters. */
export const delimiterSet = (char: string): DelimiterSet =>
  char !== '' && delimiters.includes(char) ? 1 << delimiters.indexOf(char) : noDelimiter
