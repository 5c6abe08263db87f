"""What people write before the name at the end of a letter, as patterns: a line for a language or a few."""

from __future__ import annotations

# On a line of their own, or with the name behind them.
SIGN_OFFS = (
    r"(?:with |many |my )?(?:(?:best|kind|kindest|warm|warmest) )?(?:regards|wishes)|yours(?: \w+)?"
    r"|sincerely(?: yours)?|cheers|best|love|all the best|take care|cordially|respectfully|xo+(?:xo)*"
    r"|(?:many )?(?:thanks|thank you)(?: again| a lot| so much| very much| in advance)?"
    r"|(?:mit )?(?:freundlichen|besten|lieben|herzlichen|schönen|vielen?|liebe) (?:grüßen?|grüssen)"
    r"|(?:beste|schöne|herzliche) grüße|grüße|gruß|lg|mfg|vg"
    r"|cordialement|bien (?:à vous|cordialement|à toi)|amicalement|(?:meilleures|sincères) salutations|bises"
    r"|(?:un )?(?:cordial )?saludos?(?: cordiales)?|atentamente|un abrazo"
    r"|(?:cordiali |distinti )?saluti|un saluto|(?:met vriendelijke )?groet(?:en|jes?)?|mvg"
    r"|(?:com os melhores )?cumprimentos|atenciosamente|abraços?"
    r"|(?:med )?(?:(?:vänliga|bästa|vennlig|venlig) )?(?:hälsningar|hilsen)|mvh|(?:ystävällisin )?terveisin"
    r"|(?:z )?(?:poważaniem|pozdrowieniami)|pozdrawiam|с уважением|s pozdravem|üdvözlettel|saygılarımla"
)
# With the name behind them only: by themselves they may be all that a line of a message says.
WITH_NAME = (
    r"(?:many )?(?:thx|ty)(?: again| a lot| so much| very much| in advance)?"
    r"|cu|see (?:you|ya|u)(?: soon| later)?|talk soon|later|bye"
)
# On a line of their own only: what stands behind them may be what the thanks are for.
ALONE = (
    r"ta|ttyl|(?:mit )?(?:freundlichen|besten|herzlichen|lieben|schönen|vielen) dank|merci|gracias|grazie|obrigad[oa]"
    r"|此致|敬具|よろしくお願いします"
)
