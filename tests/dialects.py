"""Pieces of the Markdown that people write for some program, line by line.

`=` lines may not change in any byte, nor be joined with others. `~` lines have words that may change.
"""

from __future__ import annotations

_PIECES = r"""
=!!! note "Some title of several words"
~    the body of it that may be restyled
=??? question "How do I do the thing of words?"
~    the body of it that may be restyled
~    on a second line of several words

=!!! warning inline end
~a body that is not indented at all, of words
~- and an item of several words

=??? tip
=
~words of a body that is apart from it

=!!! note "Some title of several words"
=
~    words of a body that is apart from its title
=
=    ```sh
=    code of several words in a note
=    ```
=
=        code that is indented in it by words
=
=    ??? tip "A title of words within the note"
=
~        words of a body within the other body
=
~    and words that go on in the outer body

==== "Linux of some words"
=
~    words of a tab that are apart from its title
=
~    - an item of several words in a tab
=
~      and its second paragraph of words

=Another term of a few words
~:   the definition of it has several words
=
~    and a second paragraph of more words

=>>>
=words that others wrote, in GitLab's way
=
=> a quotation of words within those
=
=## A heading of words within those
=>>>

=<details><summary>Some words of a summary</summary>
=<pre>
=# words of a log in an element
=
=and more words of that log
=</pre>
=</details>

=<code bash>
=words of code in the way of a wiki
=
=and more words of that code
=</code>

=^ Head of words ^ Other of words ^
=| some of words | other of words |

=**Some words that are a heading of it:**

=Chapter 1: The Words of a Title

=- `-h`
=  `--help`, `-h`:
~  shows some words of help here

~words with (a field:: of words) in a line

=::: {.verse}
=O words that roll upon the shore,
=And bring the sand to me
=:::

==== "Linux of some words"
~    just use the tool that comes with it
==== "Windows of some words"
=    ```sh
=    code of several words in a tab
=    ```

=/// note | some title of small words
~the body of it that may be restyled.
=///

=/// details | Some title of several words
=    open: true or some words
~the body of it that may be restyled
=///

=--8<-- "docs/a file of words.md"

=--8<--
=a file of some words.md
=
=another file of words.md
=--8<--

=*[ABBR]: words that it stands for
=*[OTHER]: more words that it stands for

~some words above a picture
=![words of it](some/words.png){width=50%}
~and more words below it

=[![words](https://a.b/c.svg)](https://a.b)
~words below a badge of it

=<!-- START doctoc generated words of it -->
=- [Some words of a heading](#some-words)
=
=- [More words of a heading](#more-words)
=<!-- END doctoc generated words of it -->

=<!-- ALL-CONTRIBUTORS-LIST:START -->
=Thanks to these people for their words.
=<!-- ALL-CONTRIBUTORS-LIST:END -->

=<!-- prettier-ignore-start -->
=words of it that no formatter touches
=
=and more words of it
=<!-- prettier-ignore-end -->

=[TOC]
=[[_TOC_]]

~a paragraph of several words with attributes
={: .class #id title="some words of it" }

=::: package.module.name
=    options:
=      heading: some words of it

=%%
=words of a comment that nobody sees
=
=and more words of that comment
=%%

~words before the comment stay where they are.
=and %% a comment begins behind some words
=
=ends in another paragraph %% of words
~and words behind it may be restyled

=> [!warning]- Some title of several words
~> the body of the callout with words
=> > [!note] A title in the callout of words
~> > and the body of that one, too

=status:: some words of a field
=**key of words**:: another field of words

=![[a note of words#and its heading of words]]

=#tag #other/tag some words of it
=^name-of-a-block

~Question of several words
=?
~the answer is on the other side, of words

=% a remark of several words
=(label-of)=
=+++ {"some": "words of it"}

=:::{figure} image.png
=:name: some words of it
=:alt: more words of it here
=:::

=:::{code-block} python
=some words of code in it
=
=and more words of code
=:::

=:::note Title of several words
~the body of it that may be restyled
=:::

=| The limerick packs laughs anatomical
=| In space that is quite economical
=|    But the good ones of words

=Term of several words
~:   the definition of it in words
~    that goes on here with words
=Another term of several words
~~ a definition of it in words

=  Right      Left of words    Default
=-------      -------------    -------
=     12      12 words of it   words
=    123      123              more words

=------------------------------------
= Centered    Default words of it
=----------- ------------------------
=   First     words of a row that
=             goes on for lines
=
=   Second    and another of words
=------------------------------------

=+---------------+--------------+
=| Fruit of words| Advantages of|
=+===============+==============+
=| - built in    | words of it  |
=+---------------+--------------+

=Table: some words of a caption
=that goes on here with words

=::: {.callout-note title="some words"}
~the body of it that may be restyled
=:::

=\begin{tabular}{ll}
=some words & of it \\
=
=\begin{tabular}{l} more words \end{tabular}
=
=more words & of it
=\end{tabular}

=$$
=a = b \text{ some words of it}
=
=c = d \text{ more words of it}
=$$ {#eq-name}

=where the words of a formula are $$
=x = \text{some words of it}
=$$

=\[
=x = \text{some words of it}
=
=y = \text{more words of it}
=\]

={>> a remark of several words
=
=over two paragraphs of words <<}

={++ words that were added
=on two lines ++} of words

={{< figure src="x" title="some words of it" >}}

={{< tabs
=   title="some words of it"
=
=   other="more words of it" >}}

={{< code-toggle file=words >}}
=[some.words]
=words = "some words of it"
=
=other = "more words of it"
={{< /code-toggle >}}

={{< code-include file="some words" >}}
~words that no shortcode holds are prose

=@param {string} words the words of it
=@returns some words of it

={{< highlight go >}}
=some words of code in it
=
=and more words of code
={{< /highlight >}}

={% include note.html
=   content="some words of it" %}
~the words between are prose of a kind
={% endif %}

={% quote(author="Ada of words") %}
=words that somebody else has written
=
=and more words of theirs
={% end %}

={% blockquote Ada %}
=words that somebody else has written
={% endblockquote %}

={{< quote author="Ada of words" >}}
=words that somebody else has written
={{< /quote >}}

={% comment %}
=some words of a comment
=
=and more words of it
={% endcomment %}

={% hint style="info of words" %}
~the words of the hint may be restyled
={% endhint %}

={::comment}
=some words of a comment
=
=and more words of it
={:/comment}

={| class="some words"
=! head of words !! other head
=|-
=
=| hey words || other words of it
=|}

=[quote="bob, post:1, topic:2"]
=words that somebody else has written
=
=and more words of theirs
=[/quote]

=[details="Some summary of words"]
~the words of it may be restyled here
=[/details]

=---
=layout: two columns of words
=class: some words of it
=---

=.left-column[
=]

=???
~words that the speaker is to say here

=#+BEGIN_QUOTE
=words of Org that were quoted
=
=and more words of it
=#+END_QUOTE

=@startuml
=some -> words : of a drawing
=
=more -> words : of a drawing
=@enduml

=Key: some words of it
=Other key: more words of it

=├── a drawing of several words
=└── and more words in it

=import Tabs from '@theme/Tabs of words';

=export const some = {
=  words: "of a program here",
=};

=<% tp.date.now("some words of it") %>

=/label ~bug and "some words"
=/assign @ada or some more people

=A> words of an aside in a book
=A> and more words of that aside

=** TODO a heading of several words

=[name]: <https://example.com/>
=  "a title of some words
=  over two lines of words"

=name of cells | of several words | here
=words in cells | of several words | here

=- >
=
=      code of several words in it

~- an item of several words in it
=  id:: some words of it

=```{r}
=#| label: some words of it
=```

=**Steps of some words**
~the words below a label in bold

~some wise words that somebody else has said
=— Ada Lovelace, *Notes*

=What are the words of it?::They are these words

=h2. A heading of Textile and of Jira

=bq. Words that somebody else has written

=! A heading of some words

=/* a remark of words
=
=and more words of it */

=.Title of some words
~an item of several words below it

=* Heading of some words :tag:other:

=* TODO a heading of some words
=  SCHEDULED: <2024-06-03 Mon>

=hello-user = some words of a message { $name }

=Some words of a chapter ........ 12

=words of code in a line // and a remark of words
"""

PIECES = [[(line[0] == "=", line[1:]) for line in piece.split("\n")] for piece in _PIECES.strip("\n").split("\n\n")]

FRONTS = [
    "---\n{}\n---\n",
    "---yaml\n{}\n...\n",
    "+++\n{}\n+++\n",
    ";;;\n{}\n;;;\n",
    '{{\n  "title": "{}",\n\n  "other": {{"a": [1, "b }}"]}}\n}}\n',
    "% {}\n  and more words of it\n% Ada and Bob\n\n",
    "Title: {}\nAuthor: Ada Lovelace\n    and Bob Builder\nDate: 2024-01-02\n\n",
    "title: {}\n\n",
    "title:: {}\ntags:: of some words\n\n",
]

# MDX: nothing of these changes, but for the words between blank lines in an element.
PROGRAMS = [
    'import X from "./words of it"',
    'import {\n  some, words, of\n} from "it"',
    'export const some = {\n  words: "of a program }",\n\n  more: `words of it\n\n  and ${more("words")}`,\n}',
    "export function Some({ words }) {\n  // don't touch words {\n  return <div>don't touch words</div>\n\n}",
    'hey, the chart shows {props.late ? "some words of it" : "more words"} in the line.',
    "{/* a remark of words\n\nover two paragraphs of words */}",
    '<Some\n  words="of an element"\n\n  more={["words of it"]}\n/>',
    "<Some>words of a child in it</Some>",
    "<Some a={1}>\n  words of a child in it\n</Some>",
    "{items.map(item => (\n  <li>{item} some words of it</li>\n\n))}",
    "some words with <Kbd>words of keys</Kbd> in a line of words",
    "<>\nwords of a child in it\n</>",
]
