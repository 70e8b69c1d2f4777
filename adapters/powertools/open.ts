import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import { METRICS_NAMESPACE } from '#adapters/powertools/metric-names';
import { tellOf } from '#adapters/powertools/told';
import type { Telemetry } from '#ports/telemetry';

/** Who tells. */
export interface PowertoolsOptions {
  /** The installation's name: the metrics' dimension `service`. */
  readonly installation: string;
  /** The function's name: the logs' `service`. */
  readonly name: string;
}

/** Logs, metrics and traces of a function. */
export interface Powertools {
  readonly telemetry: Telemetry;
  /** For middy: the call's ids stand in each line, metrics are written at its end, and it is a segment of its trace. */
  middleware(): readonly [
    ReturnType<typeof captureLambdaHandler>,
    ReturnType<typeof injectLambdaContext>,
    { readonly after: () => void; readonly onError: () => void },
  ];
}

/** AWS Lambda Powertools behind our port: structured lines and metrics on standard output, which Lambda takes from there. */
export function openPowertools({ installation, name }: PowertoolsOptions): Powertools {
  const logger = new Logger({ serviceName: name, persistentKeys: { installation } });
  const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: installation });
  const tracer = new Tracer({ serviceName: name });
  // Its own middleware writes a warning for each call that has none, and most have none.
  const publish = () => {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  };
  return {
    telemetry: {
      event(event, fields) {
        const told = tellOf(event, fields);
        if (!told) return;
        // Under a key of its own: the fields of an event must not stand in for the line's own, such as `message` and `level`.
        if (told.level) logger[told.level](event, { event: fields });
        for (const [metric, count] of Object.entries(told.counts)) metrics.addMetric(metric, MetricUnit.Count, count);
        for (const [metric, ms] of Object.entries(told.millis ?? {}))
          metrics.addMetric(metric, MetricUnit.Milliseconds, ms);
      },
    },
    middleware: () => [
      // What a handler answers may hold a customer's values.
      captureLambdaHandler(tracer, { captureResponse: false }),
      injectLambdaContext(logger),
      { after: publish, onError: publish },
    ],
  };
}
