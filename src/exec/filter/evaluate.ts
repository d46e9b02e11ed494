// Works out the operands of a filter's comparisons.
import type { ChunkColumn } from '../../model/index.ts';
import type { FieldOperand } from '../plan.ts';
import { mathColumns } from './math.ts';
import { type Operand, constantOf } from './operand.ts';

/** `columns` by field name; a field that is not there has no value. */
export function evaluateOperand(
  operand: FieldOperand,
  columnOf: (field: string) => ChunkColumn | null,
  rowCount: number,
): Operand {
  switch (operand.kind) {
    case 'field':
      return columnOf(operand.name);
    case 'literal':
      return constantOf(operand.value);
    case 'math':
      return mathColumns(
        operand.op,
        evaluateOperand(operand.left, columnOf, rowCount),
        evaluateOperand(operand.right, columnOf, rowCount),
        rowCount,
      );
  }
}
