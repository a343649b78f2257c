import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/*
 * The files of deploy/monitoring, as the tests read them.
 */

export interface AlertRule {
  alert: string;
  expr: string;
  for?: string;
  labels: Record<string, string>;
  annotations: { summary: string; description: string; runbook_url: string };
}

export const pathOf = (name: string): string =>
  fileURLToPath(new URL(`../../deploy/monitoring/${name}`, import.meta.url));

const { groups } = parse(readFileSync(pathOf('alerts.yml'), 'utf8')) as { groups: { rules: AlertRule[] }[] };

export const alertRules = groups.flatMap(({ rules }) => rules);

interface Panel {
  title: string;
  targets: { expr: string }[];
}

const { panels } = JSON.parse(readFileSync(pathOf('grafana-dashboard.json'), 'utf8')) as { panels: Panel[] };

/** Every query of the dashboard, with the title of its panel. */
export const dashboardQueries = panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));
