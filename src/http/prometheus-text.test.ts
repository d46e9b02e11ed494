import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prometheusText } from './prometheus-text.ts';

test('figures of one name stand together; texts, and what has a name already, are left out', () => {
  const text = prometheusText([
    { name: 'cq', tags: {}, values: { queryOk: 3, lastError: 'none' } },
    { name: 'httpd', tags: { bind: ':8086' }, values: { req: 1 } },
    { name: 'tsm1_cache', tags: { id: '1', retentionPolicy: 'a"b\\c' }, values: { memBytes: 2n ** 40n } },
    { name: 'cq', tags: {}, values: { queryFail: 0 } },
    { name: 'tsm1_cache', tags: { id: '2' }, values: { memBytes: 7, isFull: true } },
  ]);
  const expected = [
    '# TYPE weir_cq_query_ok untyped',
    'weir_cq_query_ok 3',
    '# TYPE weir_tsm1_cache_mem_bytes untyped',
    String.raw`weir_tsm1_cache_mem_bytes{id="1",retention_policy="a\"b\\c"} 1099511627776`,
    'weir_tsm1_cache_mem_bytes{id="2"} 7',
    '# TYPE weir_cq_query_fail untyped',
    'weir_cq_query_fail 0',
    '# TYPE weir_tsm1_cache_is_full untyped',
    'weir_tsm1_cache_is_full{id="2"} 1',
  ];
  assert.equal(text, `${expected.join('\n')}\n`);
});
