// line-protocol: bytes ↔ points, fast.

// In
export { parseLineProtocol } from './parser.ts';
export type { BodyPart, ParseOptions, ParseResult } from './parser.ts';
export type { DroppedPoints, LineError } from './line-report.ts';
export type { Precision } from './timestamp.ts';

// Out
export { encodeLineProtocol } from './encoder.ts';
export { encodeFieldName, isEncodableKey } from './names.ts';
