"""Numbers with what they count: units, currencies, dates, times; telephone, card and bank numbers."""

from __future__ import annotations

_MONTH = (
    r"(?:(?i:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?|Januar|Februar|März|Mai|Juni|Juli|Oktober|Dezember|janvier|février|mars|avril|juin"
    r"|juillet|août|septembre|octobre|novembre|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre"
    r"|octubre|noviembre|diciembre|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|janeiro"
    r"|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro|januari|februari|maart|mei|augustus))\b\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th|\.|er|º|°)?"
_YEAR = r"(?:,?\s+(?:de\s+)?\d{4}\b)?"
_BLANK = r"[ \t\u00a0\u2009\u202f]"
_CURRENCY = r"[$€£¥₹₽₩₺₪₫₴₦฿¢]"
_CODE = (
    r"(?:USD|EUR|GBP|CHF|JPY|CNY|RMB|INR|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RUB|BRL|MXN|ZAR|KRW|SGD|HKD"
    r"|TRY|BTC|ETH)"
)
_UNITS = (
    # lengths, areas, volumes, masses
    r"[kcmdµμn]?m[²³23]?|km[²³23]?|in\.|inch(?:es)?|ft\.?|feet|foot|yds?|yards?|mi\.?|miles?|nmi|acres?|ha|hectares?"
    r"|(?:kilo|centi|milli|nano|micro)?met(?:er|re)s?|[mcdhµμ]?[lL]|(?:milli|centi)?lit(?:er|re)s?|gal(?:lons?)?|pints?"
    r"|quarts?|cups?|tsp|tbsp|fl\.?\s?oz|[kmµμn]?g|kilos?|(?:kilo|milli)?gram(?:me)?s?|t|tons?|tonnes?|lbs?\.?|pounds?"
    r"|oz\.?|ounces?|stone"
    # times
    r"|[mµμn]?s|secs?\.?|seconds?|min\.?|mins\.?|minutes?|h|hrs?\.?|hours?|d|days?|wks?|weeks?|months?|yrs?|years?"
    r"|decades?|centuries|century|fortnights?|nights?|(?i:[ap]\.?m\.?(?![\w])|o['’]clock|Uhr|heures?)|BCE?|CE|AD"
    # data, screens, print
    r"|[kKMGTPE]?i?[bB](?:ps|/s)?|bits?|bytes?|(?:kilo|mega|giga|tera)(?:bits?|bytes?)|[kM]?px|dpi|ppi|fps|pt|em|rem"
    # physics
    r"|°\s?[CFNSEW]?|º[CF]?|degrees?(?:\s(?:Celsius|Fahrenheit))?|K|[kMGT]?Hz|[kMGTmµμ]?[WVAJN]|[kMGT]?Wh|[mk]?Ah|[kM]?Ω|[kMh]?Pa"
    r"|psi|m?bar|dB|k?cal(?:ories)?|rpm|RPM|bpm|BPM|hp|mol|cd|lm|lx|ppm|ppb|[kc]?Gy|Sv|mph|kn|knots?"
    # shares, money, counts
    r"|%|‰|percent|per\s?cent|pct|bps|dollars?|euros?|cents?|pence|pounds?|francs?|rupees?|yen|yuan|pesos?|zł|kr\.?"
    rf"|{_CURRENCY}|{_CODE}|[xX×]"
)
_MANY = (
    r"hundred|thousand|million|billion|trillion|dozen|lakh|crore|mn|bn|tn|[kKmMbB]"
    r"|Mio\.?|Mrd\.?|Millionen|Milliarden|millions|milliards"
)
_COUNTED_IN_CHINESE = (
    r"(?:公里|公斤|千克|厘米|毫米|分钟|小时|小時|時間|万|萬"
    r"|亿|億|[年月日号號時时分秒点點円元块岁歳個个人名回次度米克])"
)
_DIGITS = r"\d+(?:[.,:/–'’·٫٬\u00a0\u202f-]\d+)*"

# Dates, and what is longer than one number; these come before names with digits.
LONG = (
    rf"(?<![\w.]){_DAY}\s+(?:of\s+|de\s+)?{_MONTH}{_YEAR}",
    rf"\b(?=\w+\.?\s+\d){_MONTH}\s+(?:{_DAY}(?!\w){_YEAR}|\d{{4}}\b)",
    rf"(?:\d+{_COUNTED_IN_CHINESE}{{1,3}})+",
    # telephone numbers
    r"(?<![\w+])(?:\+\d{1,3}[ \u00a0./-]?(?:\(\d{1,5}\)[ \u00a0]?)?\d|\(\d{2,5}\)[ \u00a0]?\d|0\d{1,4}[ /-]\d)"
    r"[\d \u00a0./-]{3,20}\d(?!\w)",
    r"(?<![\w-])\d{3}[ .-]\d{3}[ .-]\d{4}(?!\w)",
    # groups of digits, as in card and bank numbers
    r"(?<!\w)(?:[A-Z]{2}\d\d(?: [A-Z0-9]{4}){2,8}(?: [A-Z0-9]{1,4})?|\d{4}(?: \d{4}){2,5})(?!\w)",
)
# Numbers with their signs, fractions and units; these come after names with digits.
NUMBERS = (
    # p. 3, fig. 2a, art. 12(3)(b)
    r"(?<![\w.])(?i:pp?|pgs?|figs?|eqs?|secs?|ch|chap|vols?|nos?|nr|art|par|para|app|tab|ex|ll?|fn|ext|abs|kap|bd)\."
    r"\\?[ \u00a0~]?\d[\d.,–-]*(?<=\d)(?:[a-z](?!\w))?(?:\(\w{1,4}\))*",
    r"\d+(?:\(\w{1,4}\))+",
    r"\d+[ \u00a0]?(?:ft|feet|foot|st)\.?[ \u00a0]\d+(?:[ \u00a0]?(?:in(?:ch(?:es)?|\.)?|lbs?))?(?!\w)",
    rf"(?:(?<!\w)(?:[A-Z]{{1,2}}{_CURRENCY}|{_CODE}){_BLANK}?)?(?:{_CURRENCY}{_BLANK}?)?"
    rf"(?:(?<![\w'’])[^\W\d_](?={_BLANK}[<>≤≥≈~=]){_BLANK})?(?:[<>≤≥≈~=]=?{_BLANK}?)?"
    rf"(?:(?<![\w)])[-−+±])?(?:(?:(?<![\w.)])\.)?{_DIGITS}(?:{_BLANK}?[¼-¾⅐-⅞])?|[¼-¾⅐-⅞])"
    rf"(?:(?:{_BLANK}|-)?(?:{_MANY})(?![\w]))?"
    rf"(?:(?:{_BLANK}|-)?(?:{_UNITS})(?:/(?:{_UNITS}|[a-z]+)|{_BLANK}(?:per|an?){_BLANK}(?:{_UNITS}))?(?![^\W_]))?"
    r"(?:[A-Za-z²³]+)?",
    r"[=×÷±≈≠≤≥∀-∑∓-⋿§®™†‡¶⌘⌥⇧]",  # signs by themselves
)
