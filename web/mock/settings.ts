// Invented connectors, connections, sources, accounts and audit lines.
import type { AuditLine, ConnectionView, ConnectorView, Me, SourceView, UserView } from '../src/api/types'
import { NOW, iso } from './cases'

const key = { name: 'api_key', summary: 'API key from your profile page', required: true }
const action = (name: string, effect: string, ...capabilities: string[]) => ({ name, title: '', effect, capabilities })

export const connectors: ConnectorView[] = [
  { id: 'virustotal', name: 'VirusTotal', vendor: 'Google', category: 'threat_intelligence', summary: 'What seventy engines think of addresses, domains, URLs and files.', base_url: 'https://www.virustotal.com/api/v3', actions: [action('lookup_ip', 'read', 'reputation.ip'), action('lookup_domain', 'read', 'reputation.domain'), action('scan_file', 'write', 'sandbox.detonate_file')], secrets: [key], settings: { threshold: { type: 'integer', default: 3, summary: 'From how many engines on it is malicious' } } },
  { id: 'abuseipdb', name: 'AbuseIPDB', vendor: 'AbuseIPDB', category: 'threat_intelligence', summary: 'Who has reported an address for abuse.', base_url: 'https://api.abuseipdb.com/api/v2', actions: [action('lookup_ip', 'read', 'reputation.ip')], secrets: [key], settings: {} },
  { id: 'cuckoo', name: 'Cuckoo Sandbox', vendor: 'Cuckoo', category: 'sandbox', summary: 'Runs files and says what they did.', base_url: '', actions: [action('detonate_file', 'write', 'sandbox.detonate_file')], secrets: [{ ...key, name: 'token', required: false }], settings: {} },
  { id: 'jira_cloud', name: 'Jira Cloud', vendor: 'Atlassian', category: 'ticketing', summary: 'Opens, comments, attaches to, moves and reads back issues.', base_url: 'https://{{ settings.site }}/rest/api/3', actions: [action('create_ticket', 'write', 'ticket.create'), action('add_comment', 'write', 'ticket.comment')], secrets: [{ ...key, name: 'api_token' }], settings: { site: { type: 'string', required: true, summary: 'Host of your site', example: 'example.atlassian.net' }, project: { type: 'string', required: true, summary: 'Key of the project', example: 'SEC' }, set_priority: { type: 'boolean', default: true, summary: 'Send the priority' } } },
]

const connection = (n: number, connector: string, name: string, fields: Partial<ConnectionView> = {}): ConnectionView => ({ id: `conn_01J${String(n).padStart(23, '0')}`, connector, name, base_url: '', settings: {}, secrets: ['api_key'], reliability: 'B', enabled: true, allow_private: false, problem: null, updated_at: iso(NOW - n * 9e6), ...fields })

export const state = {
  me: { id: 'user_01J1', name: 'admin', role: 'admin', tenant: 'tenant_01J1', must_change_password: false, permissions: ['case_read', 'case_write', 'alert_submit', 'config_read', 'config_write', 'user_read', 'user_write', 'audit_read'] } as Me | null,
  connections: [
    connection(1, 'virustotal', 'VirusTotal'),
    connection(2, 'abuseipdb', 'AbuseIPDB', { secrets: [], problem: 'The secret api_key is not set.' }),
    connection(3, 'cuckoo', 'Cuckoo in the lab', { enabled: false, allow_private: true, base_url: 'http://10.1.2.3:8090' }),
    connection(4, 'jira_cloud', 'Jira', { settings: { site: 'example.atlassian.net', project: 'SEC' }, secrets: ['api_token'], reliability: 'A' }),
  ],
  sources: [
    { id: 'src_1', name: 'siem', mapping: 'auto', default_severity: 'medium', enabled: true, created_at: iso(NOW - 9e8), last_alert_at: iso(NOW - 42_000) },
    { id: 'src_2', name: 'guardduty', mapping: 'guardduty', default_severity: 'high', enabled: false, created_at: iso(NOW - 9e8), last_alert_at: null },
  ] as SourceView[],
  users: [
    { id: 'user_01J1', name: 'admin', role: 'admin', enabled: true, must_change_password: false, created_at: iso(NOW - 9e9) },
    { id: 'user_01J2', name: 'night-shift', role: 'analyst', enabled: true, must_change_password: true, created_at: iso(NOW - 9e7) },
    { id: 'user_01J3', name: 'auditor', role: 'auditor', enabled: false, must_change_password: false, created_at: iso(NOW - 9e8) },
  ] as UserView[],
}

export const audit: AuditLine[] = Array.from({ length: 60 }, (_, n) => ({
  at: iso(NOW - n * 331_000),
  actor: ['admin', 'source siem', 'playbook enrichment-only', 'system (retention)'][n % 4] ?? '',
  action: ['session.open', 'alert.receive', 'case.close', 'retention.run'][n % 4] ?? '',
  object: `case_01J${n}`,
  detail: n % 2 ? { reason: 'clean', note: 'Nothing is held against it.' } : {},
}))
