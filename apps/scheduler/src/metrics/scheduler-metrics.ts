import { counter, gauge, processMetrics, renderOpenMetrics } from '@sconce/foundation';

/** Counters of this scheduler, shown in OpenMetrics text. */
export class SchedulerMetrics {
  leading = false;
  gateways = 0;
  routeVersion = 0;
  looks = 0;
  routeTables = 0;
  trafficReports = 0;

  text(): string {
    return renderOpenMetrics([
      gauge('sconce_scheduler_leading', 'Whether this is the one that acts.', this.leading ? 1 : 0),
      gauge('sconce_scheduler_gateways', 'Gateways that are linked to it.', this.gateways),
      gauge('sconce_scheduler_route_version', 'Version of the newest route table it knows.', this.routeVersion),
      counter('sconce_scheduler_service_looks', 'Looks at a service and its replicas.', this.looks),
      counter('sconce_scheduler_route_tables', 'Route tables it published.', this.routeTables),
      counter('sconce_scheduler_traffic_reports', 'Reports of gateways that it wrote down.', this.trafficReports),
      ...processMetrics(),
    ]);
  }
}
