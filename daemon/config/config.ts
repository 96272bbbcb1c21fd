/** The configuration as the daemon uses it: milliseconds, bytes, ratios, secrets read, every choice of a default made. */
import type { AlertSettings } from '../alert/alert.js';
import type { SourceName } from '../contracts.js';
import type { LogLevel } from '../log.js';

export interface SmtpConfig {
  readonly host: string;
  readonly port: number;
  readonly security: 'none' | 'starttls' | 'tls';
  /** Null: no login. With a user there is a password. */
  readonly user: string | null;
  readonly password: string | null;
  readonly from: { readonly name: string; readonly address: string };
  readonly allowSelfSigned: boolean;
  readonly timeoutMs: number;
}

export interface Config {
  readonly host: { readonly name: string };
  readonly sampling: {
    readonly source: 'auto' | Exclude<SourceName, 'recording'>;
    /** Six cron fields, checked. */
    readonly schedule: string;
    /** Shares of one core. */
    readonly budget: number;
    readonly busyBudget: number;
    readonly maxIntervalMs: number;
    /** Whether failed connects are counted, where tracefs allows it. */
    readonly failures: 'auto' | 'off';
  };
  /** `port` 0 takes any free port. */
  readonly http: { readonly address: string; readonly port: number };
  readonly store: {
    /** Absolute. */
    readonly file: string;
    readonly maxSizeBytes: number;
    readonly maxSeries: number;
    readonly retention: { readonly rawMs: number; readonly minuteMs: number; readonly hourMs: number };
  };
  readonly alerts: AlertSettings;
  readonly mail: {
    /** Null: no mail is sent. When set, `to` has at least one address. */
    readonly smtp: SmtpConfig | null;
    readonly to: readonly string[];
    readonly dashboardUrl: string | null;
  };
  readonly log: { readonly level: LogLevel };
}
