/** The configuration as the daemon uses it: in ms, bytes and ratios, with secrets read and defaults filled in. */
import type { IncidentSettings } from '../incident/settings.js';
import type { AlertSettings, Severity } from '../alert/alert.js';
import type { SourceName } from '../contracts.js';
import type { LogLevel } from '../log.js';
import type { MaintenanceWindow } from './maintenance.js';
import type { ChannelConfigs } from './channels.js';

/**
 * Has the fields of `SmtpOptions` in notify/email. The import rule keeps edges apart; the compiler compares the two
 * types where app.ts passes one to the other.
 */
interface SmtpConfig {
  readonly host: string;
  readonly port: number;
  readonly security: 'none' | 'starttls' | 'tls';
  /** Null means no login. With a user there is a password. */
  readonly user: string | null;
  readonly password: string | null;
  readonly from: { readonly name: string; readonly address: string };
  readonly allowSelfSigned: boolean;
  readonly timeoutMs: number;
  /** The name for EHLO; null means that one is chosen. */
  readonly name: string | null;
}

export interface HttpConfig {
  readonly address: string;
  /** 0 means any free port. */
  readonly port: number;
  /** Without it messages have no links that do something. */
  readonly publicUrl: string | null;
  readonly publicOrigins: readonly string[];
  /** `/`, or a path that begins and ends with a slash. */
  readonly basePath: string;
  /** Null means plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly allowPlainText: boolean;
  /** The origins of the pages that may show the embed view in a frame. */
  readonly embedFrom: readonly string[];
}

export interface Config extends ChannelConfigs {
  /** `timeZone`: the IANA name of the zone of the times in messages. */
  readonly host: { readonly name: string; readonly timeZone: string };
  readonly sampling: {
    readonly source: 'auto' | Exclude<SourceName, 'recording'>;
    /** Six cron fields; the syntax has been checked. */
    readonly schedule: string;
    /** As shares of one core. */
    readonly budget: number;
    readonly busyBudget: number;
    readonly maxIntervalMs: number;
    /** Time between two glances at the counters; null while they are switched off. */
    readonly glanceMs: number | null;
    /** `auto` counts failed connects where tracefs can be used. */
    readonly failures: 'auto' | 'off';
  };
  readonly http: HttpConfig;
  readonly store: {
    /** An absolute path. */
    readonly file: string;
    readonly maxSizeBytes: number;
    readonly maxSeries: number;
    readonly retention: { readonly rawMs: number; readonly minuteMs: number; readonly hourMs: number };
  };
  readonly alerts: AlertSettings;
  readonly incidents: IncidentSettings & { readonly maintenance: readonly MaintenanceWindow[] };
  readonly mail: {
    /** Null means that no mail is sent. Otherwise somebody is named in `to` or `toBySeverity`. */
    readonly smtp: SmtpConfig | null;
    readonly to: readonly string[];
    /** Further recipients, for incidents of these severities only. */
    readonly toBySeverity: Readonly<Partial<Record<Severity, readonly string[]>>>;
    readonly dashboardUrl: string | null;
  };
  readonly reports: {
    /** Null means that none is sent. `at` has five cron fields; the syntax has been checked. */
    readonly weekly: { readonly at: string; readonly timeZone: string | null } | null;
  };
  /** Null means that no watchdog is called. */
  readonly heartbeat: { readonly url: string; readonly everyMs: number } | null;
  readonly log: { readonly level: LogLevel };
}
