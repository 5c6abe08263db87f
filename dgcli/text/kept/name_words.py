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
said says asked answered replied cried called whispered shouted added thought
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
_IN_NAMES = """
new old great good best big first last next north south east west world million black white red blue
"""
_OPENINGS = """
yesterday today tomorrow tonight now then here there once when where while if unless since because although though
whereas as at in on for with from by to of about after before both only just did does is are was were can could will
would has have had what who which how why perhaps maybe sometimes often meanwhile besides instead tell ask give let
call see thank thanks email mail phone text ping meet join read visit use using try open click press select choose
run install download start stop add remove set enable copy unlike like according dear hi hello hey mr mrs ms the a an
this that these those my your our their his her its and but or so yet nor not no yes please der die das ein eine
le les un une el los las il lo gli
"""
_AND = """
and und et y e en og och i
"""

# What goes on behind "hey bob" where no comma does.
GOES_ON = frozenset(_GOES_ON.split())
# Words that are no names where a name could stand.
NO_NAMES = GOES_ON | frozenset(_NO_NAMES.split())
# Words that a sentence may begin with before a name.
OPENINGS = (NO_NAMES | frozenset(_OPENINGS.split())) - frozenset(_IN_NAMES.split())
# Names that are words as well: kept as they are written only.
WORDS_TOO = frozenset(_WORDS_TOO.split())
AND = frozenset(_AND.split())
