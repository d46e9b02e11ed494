// /health: whether writes and queries work, and if not, why.
import { messageOf } from '../base/index.ts';
import type { NodeState } from './engine.ts';
import { INFLUXDB_VERSION, send } from './exchange.ts';
import type { Route } from './router.ts';

/** The answer's shape is InfluxDB's. */
export interface Health {
  readonly checks: readonly HealthCheck[];
  readonly message: string;
  readonly name: 'influxdb';
  readonly status: 'pass' | 'fail';
  readonly version: string;
}

export interface HealthCheck {
  readonly name: string;
  readonly message: string;
  readonly status: 'fail';
}

export function healthRoutes(state: () => NodeState): readonly Route[] {
  return [
    {
      name: 'health',
      path: '/health',
      methods: ['GET'],
      access: 'ping',
      handle: (exchange) => {
        const health = healthOf(state());
        const status = health.status === 'pass' ? 200 : 503;
        send(exchange, status, 'application/json; charset=utf-8', JSON.stringify(health));
      },
    },
  ];
}

export function healthOf(state: NodeState): Health {
  const checks = failedChecks(state);
  return {
    checks,
    message: checks.length === 0 ? 'ready for queries and writes' : checks.map(({ message }) => message).join('; '),
    name: 'influxdb',
    status: checks.length === 0 ? 'pass' : 'fail',
    version: INFLUXDB_VERSION,
  };
}

function failedChecks(state: NodeState): readonly HealthCheck[] {
  switch (state.phase) {
    case 'starting':
      return [{ name: 'startup', message: state.progress, status: 'fail' }];
    case 'closing':
      return [{ name: 'shutdown', message: 'server is shutting down', status: 'fail' }];
    case 'ready':
      try {
        return state.engine.status().failures.map((message) => ({ name: 'storage', message, status: 'fail' }));
      } catch (error) {
        return [{ name: 'storage', message: messageOf(error), status: 'fail' }];
      }
  }
}
