// What should never cross a network in the clear. Written for smartshield; docs/leaks.md explains the metadata.
//
// Each rule says: `evidence` (the type it raises), `threat`, `confidence` in percent, `description` (ends the sentence
// "... sent in the clear"), and `secret` when what matched must not be repeated in a log.

rule network_gps_location_leaked
{
    meta:
        evidence = "network_gps_location_leaked"
        threat = "low"
        confidence = 90
        description = "where it is (geographic coordinates)"
    strings:
        // A key, `=` or `":`, a number of degrees with at least three decimal places: a place, not a country.
        $latitude = /\b(lat|latitude)("\s*:\s*"?|=)-?[0-9]{1,2}\.[0-9]{3,16}/ nocase
        $longitude = /\b(lon|lng|long|longitude)("\s*:\s*"?|=)-?[0-9]{1,3}\.[0-9]{3,16}/ nocase
        $pair = /\b(locations?|ll|q|latlo?ng?|path|center|coords?)("\s*:\s*"?|=)-?[0-9]{1,2}\.[0-9]{3,16}(,|%2C)\s?-?[0-9]{1,3}\.[0-9]{3,16}/ nocase
    condition:
        ($latitude and $longitude) or $pair
}

rule http_basic_credentials
{
    meta:
        evidence = "sensitive_data_leaked"
        threat = "medium"
        confidence = 90
        description = "a user name and password (HTTP Basic authentication)"
        secret = true
    strings:
        $header = /\r\n(Proxy-)?Authorization: Basic [A-Za-z0-9+\/]{6,400}={0,2}\r\n/ nocase
    condition:
        $header
}

rule form_password
{
    meta:
        evidence = "sensitive_data_leaked"
        threat = "medium"
        confidence = 80
        description = "a password (in a form)"
        secret = true
    strings:
        $post = "POST /"
        $form = /(\r\n\r\n|&)(password|passwd|passwort|pwd|user_pass|passphrase)=[^&\r\n\s]{4,128}/ nocase
    condition:
        $post and $form
}

rule mail_or_ftp_password
{
    meta:
        evidence = "sensitive_data_leaked"
        threat = "medium"
        confidence = 90
        description = "a user name and password (FTP, POP3 or IMAP)"
        secret = true
    strings:
        // Anonymous FTP is not a secret: names that begin as "anonymous" and "ftp" do are left out.
        $user = /\bUSER ([^aAfF\r\n]|[aA][^nN\r\n]|[fF][^tT\r\n])[^\r\n]{0,63}\r\nPASS [^\r\n]{1,128}\r\n/
        // A tag of IMAP ends with a digit; what a mail server offers ("AUTH LOGIN PLAIN") does not.
        $login = /\b[A-Za-z0-9.]{0,8}[0-9] LOGIN "?[^\s"]{1,64}"? "?[^\s"]{1,128}"?\r\n/ nocase
    condition:
        any of them
}

rule smtp_password
{
    meta:
        evidence = "sensitive_data_leaked"
        threat = "medium"
        confidence = 80
        description = "a user name and password (SMTP)"
        secret = true
    strings:
        $plain = /\r\nAUTH (PLAIN|LOGIN) [A-Za-z0-9+\/]{8,400}={0,2}\r\n/ nocase
        $steps = /\r\nAUTH LOGIN\r\n[A-Za-z0-9+\/]{4,400}={0,2}\r\n[A-Za-z0-9+\/]{4,400}={0,2}\r\n/ nocase
    condition:
        any of them
}

rule private_key
{
    meta:
        evidence = "sensitive_data_leaked"
        threat = "high"
        confidence = 90
        description = "a private key"
        secret = true
    strings:
        $pem = /-----BEGIN (RSA |EC |DSA |OPENSSH |ENCRYPTED )?PRIVATE KEY-----\r?\n[A-Za-z0-9+\/=]{16}/
        $pgp = "-----BEGIN PGP PRIVATE KEY BLOCK-----"
        $putty = /PuTTY-User-Key-File-[23]: /
    condition:
        any of them
}

rule api_token
{
    meta:
        evidence = "sensitive_data_leaked"
        threat = "medium"
        confidence = 80
        description = "a key to somebody's account with a service"
        secret = true
    strings:
        // The forms that the services document: AWS, GitHub, GitLab, Slack, Google, Stripe, SendGrid, Telegram.
        $aws = /\b(AKIA|ASIA)[0-9A-Z]{16}\b/
        $github = /\bgh[pousr]_[A-Za-z0-9]{36}\b/
        $github_fine = /\bgithub_pat_[A-Za-z0-9_]{22,82}\b/
        $gitlab = /\bglpat-[A-Za-z0-9_-]{20}\b/
        $slack = /\bxox[abprs]-[0-9A-Za-z-]{10,72}\b/
        $google = /\bAIza[0-9A-Za-z_-]{35}\b/
        $stripe = /\b[rs]k_live_[0-9A-Za-z]{24,99}\b/
        $sendgrid = /\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b/
        $telegram = /\/bot[0-9]{8,10}:[A-Za-z0-9_-]{35}\//
    condition:
        any of them
}

rule phone_identity
{
    meta:
        evidence = "sensitive_data_leaked"
        threat = "low"
        confidence = 70
        description = "the identity of a telephone or of its card (IMEI, IMSI, ICCID)"
    strings:
        $imei = /\b(imei|deviceid)("\s*:\s*"?|=)[0-9]{15}\b/ nocase
        $imsi = /\bimsi("\s*:\s*"?|=)[0-9]{15}\b/ nocase
        $iccid = /\biccid("\s*:\s*"?|=)89[0-9]{17,18}\b/ nocase
    condition:
        any of them
}
