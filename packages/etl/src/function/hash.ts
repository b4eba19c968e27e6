import type { FunctionDefinition } from './contract.ts'
import { intToIp, ipToInt, urlParam, urlPart } from './hash/address.ts'
import { md5, sha256 } from './hash/digest.ts'
import { cidrFirst, cidrLast } from './hash/cidr.ts'
import { base64Decode, base64Encode, urlDecode, urlEncode } from './hash/encode.ts'
import { ipKey } from './hash/ip-key.ts'

/** The digests, encodings and addresses of the catalogue. */
export const hashFunctions = {
  md5,
  sha256,
  base64Encode,
  base64Decode,
  urlEncode,
  urlDecode,
  urlPart,
  urlParam,
  ipToInt,
  intToIp,
  ipKey,
  cidrFirst,
  cidrLast,
} as const satisfies Record<string, FunctionDefinition>
