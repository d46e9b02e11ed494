// Settings of who may come to HTTP, and how: users, HTTPS, a socket of the machine. Keys and defaults are those of InfluxDB 1.x.
import { boolean, section, text, texts } from './setting-types.ts';

export const HTTP_ACCESS_SETTINGS = {
  'auth-enabled': boolean(false, 'Whether requests must name a user, who may do what was granted'),
  realm: text('InfluxDB', 'Told to clients that must name a user'),
  'shared-secret': text(
    '',
    'Secret that JSON web tokens (`Authorization: Bearer …`) are signed with; empty: none are taken',
  ),
  'ping-auth-enabled': boolean(
    false,
    'Whether `/ping`, `/status`, `/health` and `/metrics` are for users only, while authentication is on',
  ),
  'pprof-auth-enabled': boolean(
    false,
    'Whether `/debug/vars` and `/debug/requests` are for administrators only, while authentication is on',
  ),
  'https-enabled': boolean(false, 'Whether the address speaks HTTPS instead of HTTP'),
  'https-certificate': text('/etc/ssl/influxdb.pem', 'PEM file with the certificate and those that it was issued by'),
  'https-private-key': text('', 'PEM file with its private key; empty: it stands in the same file'),
  'unix-socket-enabled': boolean(false, 'Whether HTTP is served on a socket of this machine, too'),
  'bind-socket': text('/var/run/influxdb.sock', 'Path of that socket'),
  'unix-socket-permissions': text('0777', 'Permissions of that socket, octal'),
  'unix-socket-group': text('', "Group of that socket, name or number; empty: the process's"),
};

export const TLS_SETTINGS = section({
  'min-version': text('', 'Oldest version of TLS for HTTPS: `tls1.0` … `tls1.3`; empty: `tls1.2`'),
  'max-version': text('', 'Newest version of TLS for HTTPS; empty: `tls1.3`'),
  ciphers: texts(
    'Ciphers for HTTPS below TLS 1.3, by their IANA names: `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`, …; none: the usual ones',
  ),
});
