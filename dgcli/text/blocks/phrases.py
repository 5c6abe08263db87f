"""What mail programs write around letters, as patterns: a line for a language or a few."""

from __future__ import annotations

# “wrote”, in the line above a quotation.
WROTE = """
\\b(?:wrote|writes|said)\\b
\\b(?:schrieb|schreibt|geschrieben|schreef|geschreven)\\b
\\b(?:a écrit|écrit|écrivait|va escriure|idatzi zuen)\\b
\\b(?:escribió|escribio|ha escrito|escribe|escreveu|ha scritto|scrisse|scrive|a scris)\\b
\\b(?:skrev|skrifaði|kirjoitti|kirjutas|írta|yazdı|έγραψε)\\b
\\b(?:napisała?|pisze|napsala?|napísala?|pisao|rakstīja|rašė)\\b|napisał\\(a\\)|napsal\\(a\\)
\\b(?:написала?|пишет|написав|написа|писал)\\b|написал\\(а\\)
\\b(?:menulis|viết)\\b|เขียน|ने लिखा|כתב|كتب
写道|寫道|写到|さんは書きました|さんが書きました|のメッセージ|님이 작성|님이 씀|작성
"""

# “message”, in a line between dashes above a letter that is quoted without marks.
MESSAGE = """
messag|mensaje|mensagem|missatge|nachricht|messaggio|bericht|e-?mail|\\bmail|wrote
wiadomo|сообщени|повідомлен|съобщение|письмо|zpráv|správ|üzenet|mesaj|ileti|μήνυμα
邮件|郵件|訊息|消息|メッセージ|메시지|메일|thư|הודעה|رسالة
meddelande|melding|meddelelse|viesti|appointment|termin
"""

# What Apple's mail program writes above a letter that is sent on.
FORWARDED = """
Begin forwarded message|Anfang der weitergeleiteten (?:Nachricht|E-Mail)|Begin doorgestuurd bericht
Début du message (?:réexpédié|transféré)|Inizio messaggio inoltrato|Inicio del mensaje reenviado
Início da mensagem (?:reencaminhada|encaminhada)|Vidarebefordrat brev|Videresendt (?:melding|besked)
Początek przekazywanej wiadomości|Начало переадресованного сообщения
转发的邮件|開始轉寄郵件|転送されたメッセージ|전달된 메시지
"""

# The first header above a letter that is quoted.
FROM = """
from|von|van|de|da|de la|expéditeur|remitente|mittente|afzender|expeditor|dari
från|fra|lähettäjä|feladó|kimden|gönderen|από|od|odesílatel|odosielateľ|nadawca|от|від
发件人|寄件者|寄件人|差出人|送信者|発信者|보낸 ?사람|من|מאת|จาก|từ
"""

# “Sent from my iPhone”: how such a line begins.
SENT_FROM = """
sent (?:from|with|via|by|using|on)|get outlook
von meine[mr]|gesendet (?:von|mit|über|aus)|diese nachricht wurde|outlook für
envoyée? (?:de(?:puis)?|à partir|avec|via|par)|(?:obtenir|télécharger) outlook
enviado (?:desde|do|da|a partir|com|con|pelo|via|por)|enviat (?:des|de)|obtener outlook|obter o outlook
inviato (?:da|dal|con|tramite|via)|trimis (?:de|din|cu)|scarica outlook
verstuurd (?:vanaf|met)|verzonden (?:vanaf|met|via)|outlook voor
skickat (?:från|med)|sendt (?:fra|med|via)|lähetetty
wysłan[eoya] (?:z|za)|odesláno|odoslané|отправлено (?:с|из)|надіслано
elküldve|küldve|στάλθηκε|dikirim dari|được gửi từ
poslano (?:s|iz|sa)\\b|изпратено от|išsiųsta iš|nosūtīts no|saadetud minu
נשלח (?:מה|מ)|(?:مرسل|أُ?رسلت|تم الإرسال|ارسال شده) (?:من|از)|ส่งจาก
从我的|從我的|发自|發自|來自我的|来自我的|获取 outlook
"""

# What scanners for viruses write below a letter.
SCANNED = """
(?:virus-free|virenfrei|(?:garanti )?sans virus|libre de virus|livre de vírus)\\.\\s+\\S*\\w\\.
(?:senza virus|privo di virus|virusvrij|virusfri|wolny od wirusów|без вирусов|bez virů)\\.\\s+\\S*\\w\\.
this (?:e-?mail|message) (?:has been|was) (?:checked|scanned) (?:for|by)|no virus found in this
diese (?:e-?mail|nachricht) wurde (?:von avast|auf viren)|l['’]absence de virus dans ce
este (?:correo|e-?mail) (?:foi|ha sido|fue) (?:verificado|comprobado|analizado|escaneado)
"""

# And how it ends in languages whose verbs come last.
SENT = """
から送信|에서 보냄|gönderildi|發送|发送
"""

# “unsubscribe”, in a footer with an address.
UNSUBSCRIBE = """
^_{20}|mailing list submissions
unsubscrib|opt[ -]?out of|manage your (?:preferences|subscription)|you (?:are receiv|receiv|are subscrib|got)
abmelden|abbestellen|afmelden|uitschrijven|avregistrera|avmeld|afmeld|peruuta tilaus
désabonner|désinscri|darse de baja|cancelar (?:la|a|sua|su) (?:suscripción|inscrição|assinatura)
annulla(?:re)? (?:l')?iscrizione|disiscriv|wypisa|anulowa|odhlásit|leiratkoz|abonelikten|отписаться
退订|取消訂閱|配信停止|수신 ?거부
"""


# What stands in the digest of a mailing list above the subjects of its letters.
TOPICS = """
today['’]s topics|meldungen des tages|thèmes du jour|asuntos del día|argomenti del giorno|onderwerpen van vandaag
"""

# What programs put into a letter on its way: warnings, where an answer goes, what was taken out of it.
ADDED = """
[^.\\n]{0,40}\\b(?:reply|response|answer|comment)s? above this line\\b
(?:\\W*(?:caution|warning|attention|external)\\b[^.\\n]{0,20}?)?this (?:e-?mail|message) [a-z ]{2,20} from outside\\b
you don['’]t often get e-?mail from\\b|you are receiving this (?:e-?mail|message|notification|because)\\b
this (?:e-?mail|message) (?:is a service from|was sent by (?:atlassian|jira|github|gitlab|zendesk))\\b
this (?:e-?mail|message) (?:is|was) (?:an )?automatic(?:ally)? (?:sent|generated|message|e-?mail|notification)\\b
this is an automat(?:ed|ic|ically generated) (?:e-?mail|message|notification|response|reply)\\b
reply to this e-?mail directly\\b|an? (?:html|non-text|embedded|multi-part)\\b[^.\\n]{0,40} was scrubbed
(?:please )?(?:consider the environment|think) before (?:you print|printing)\\b
"""

# What trackers of bugs write above an answer.
TRACKED = """
\\((?:in reply to|from update of|comment on) [^()\\n]*(?:\\([^()\\n]*\\)[^()\\n]*)*\\)$
[*_@]{0,3}\\w[\\w-]*[*_]{0,2} (?:(?:comment|approv)ed|left a comment|requested changes)(?: on)? (?:this|\\(\\S+#\\d+\\))
created (?:an )?attachment \\d+\\b|comment on attachment \\d+$|replying to \\[[^\\]\\n]+\\]
"""


def any_of(phrases: str) -> str:
    """A pattern of all phrases."""
    return f"(?:{'|'.join(phrases.split(chr(10))[1:-1])})"
