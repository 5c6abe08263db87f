"""Words that tell names from what is none, in small letters."""

from __future__ import annotations

GREETINGS = (
    r"(?:"
    r"hey+|hi+|hiya|hello|hullo|yo|dear|greetings|howdy|good (?:morning|afternoon|evening|day)|morning|evening"
    r"|welcome|hallo|liebe[rs]?|sehr geehrte[rs]?|geehrte[rs]?|guten (?:tag|morgen|abend)|moin|servus|grüezi"
    r"|bonjour|bonsoir|salut|coucou|chère?s?|hola|buen[oa]s (?:días|tardes|noches)|querid[oa]s?|estimad[oa]s?"
    r"|ciao|buongiorno|buonasera|salve|car[oaie]|gentile|egregio|olá|oi|prezad[oa]s?|car[oa]s|beste|geachte|hoi"
    r"|goedemorgen|hej|hejsan|kära|käre|kjære|hei|cześć|drogi|droga|szanown[ya]|ahoj|milý|milá|szia|kedves"
    r"|tisztelt|merhaba|sevgili|sayın|привет|здравствуйте|здравствуй|дорогой|дорогая|уважаемый|уважаемая"
    r"|добрый день|γεια|αγαπητέ|αγαπητή"
    r")"
)
TITLES = (
    r"(?:mr|mrs|ms|mx|dr|prof|professor|herrn?|frau|monsieur|madame|mme|mlle|señora?|sra?|dott|doña?|mevrouw|meneer)"
)
_GOES_ON = """
can could do did does will would are is have has i i'm i've i'll we we're it it's how what when where why who
this that the a an just please pls thanks thx u you ur r any sorry hope got long here there let don't not if
my your so as and but at in on for about
"""
_NO_NAMES = """
all again anyway anyone everybody everyone somebody someone folks friend friends guy guys man men dude dudes
bro bros mate mates buddy pal team people ladies gentlemen sir madam ma'am maam sirs colleagues colleague kids
boss chief honey dear darling babe baby sweetie love hon hun customer customers member members reader readers
user users students both well then now too also very really much many lots lot loads ton tons million more
most once ever always never still yet quick quickly question sure ok okay yes no nope yeah yep hello hi hey he
she they them him her his hers their our us me mine yours of to from with without by into over under out up
down off than or nor be been being was were am had having should shall may might must ought need want going
gonna wanna gotta get gets getting make made good great nice best bad new old first last next other another
same some few every each only even back time times day days week weeks morning afternoon evening night today
tomorrow yesterday tonight soon later early late monday tuesday wednesday thursday friday saturday sunday
january february march april june july august september october november december thank sincerely regards kind
kindly yours truly faithfully cheers warmly im ill ive id lets dont cant wont thats whats these those which
whose whom because since until while although though however therefore moreover furthermore after before
during between through against among per via like unlike see look looking looks checking sending writing
following wondering hoping trying asking everything nothing anything something world internet god damen herren
zusammen alle leute kollegen freunde tous toutes monsieur messieurs mesdames todos todas amigos amigas tutti
signori collega collega's allemaal team's all's ihr du sie ich wir es tout le monde
"""
_WORDS_TOO = """
will may april june august mark rose bill hope grace joy faith sue rob pat art frank rich grant chase drew
jack dean penny ray summer autumn dawn star olive violet daisy iris amber ruby pearl crystal hunter mason
carter baker cook brown black white green young long king gene guy max miles jean ivy lily heather robin jay
ash reed cliff glen dale lane brook brooks page wade ward wood woods hill stone field banks bush price case
bond marine china turkey and und et y e en og och i
"""
_AND = """
and und et y e en og och i
"""

# What goes on behind "hey bob" where no comma does.
GOES_ON = frozenset(_GOES_ON.split())
# Words that are no names where a name could stand.
NO_NAMES = GOES_ON | frozenset(_NO_NAMES.split())
# Names that are words as well: kept as they are written only.
WORDS_TOO = frozenset(_WORDS_TOO.split())
AND = frozenset(_AND.split())
