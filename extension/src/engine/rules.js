// Generated from src/gezhi/papers/rules.json by python -m gezhi.papers.javascript
export const TABLE = {
 "note": "The only place that knows how paper ids look. Patterns keep to what Python's re (with re.ASCII) and JavaScript (without the u flag) read alike: no \\d \\w \\s \\b . ^ $, no named groups, no flags, look-behind of fixed width. {{name}} stands for an entry of fragments.",
 "characters": [
  {
   "from": "\uff01",
   "to": "\uff5e",
   "first": "!",
   "note": "full-width forms"
  },
  {
   "from": "\u3000",
   "to": "\u3000",
   "first": " ",
   "note": "ideographic space"
  }
 ],
 "rewrites": {
  "note": "What is read as something shorter: characters that nobody sees as nothing, the rest by its value. Percent-encoding is undone once; a byte that no address holds as it is (a space, a quote, part of a letter beyond ASCII) becomes U+FFFD, which ends a DOI and is no glue.",
  "pattern": "\u00ad[\u00ad\u200b\u200c\u200d\u2060\ufeff]*|\u200b[\u00ad\u200b\u200c\u200d\u2060\ufeff]*|\u200c[\u00ad\u200b\u200c\u200d\u2060\ufeff]*|\u200d[\u00ad\u200b\u200c\u200d\u2060\ufeff]*|\u2060[\u00ad\u200b\u200c\u200d\u2060\ufeff]*|\ufeff[\u00ad\u200b\u200c\u200d\u2060\ufeff]*|&amp;|&#38;|&#x26;|&#47;|&#x2[Ff];|&#61;|&#x3[Dd];|\\\\/|\\\\_|\\\\&|\\\\u002[Ff]|\\\\u0026|\\\\u003[Dd]|%[0-9A-Fa-f]{2}",
  "values": {
   "&amp;": "&",
   "&#38;": "&",
   "&#x26;": "&",
   "&#47;": "/",
   "&#x2f;": "/",
   "&#61;": "=",
   "&#x3d;": "=",
   "\\/": "/",
   "\\_": "_",
   "\\&": "&",
   "\\u002f": "/",
   "\\u0026": "&",
   "\\u003d": "="
  },
  "unreadable": "\ufffd"
 },
 "kept": {
  "note": "Full-width punctuation that ends a DOI: an extent sees it as it was, every pattern sees the ASCII mark.",
  "ranges": [
   "\uff01\uff0c",
   "\uff1a\uff20",
   "\uff3b\uff3e",
   "\uff40\uff40",
   "\uff5b\uff5e"
  ]
 },
 "extents": {
  "doi": "[^{{space_marks}}\"'`()<>{}\\[\\]\\u00ab\\u00bb\\u2018-\\u201f\\u2e80-\\u9fff\\uac00-\\ud7af\\uf900-\\ufaff\\uff00-\\uffef\\ufffd]+|[(][^{{space_marks}}\"'`()\\u2018-\\u201f\\u2e80-\\u9fff\\uff00-\\uffef\\ufffd]{0,100}[)]"
 },
 "item_separator": ",",
 "item_goes_on": "[0-9A-Za-z_@-]|[.][0-9]",
 "other_item": "[0-9A-Za-z_.@-]{1,250}",
 "fields": {
  "kind": "site: an address; doi: a DOI that carries an id; mask: what holds no id and is never read as one; text: an id on its own",
  "paper, search": "the kind of the paper, or the venue whose papers are searched by their title",
  "anchors": "small-letter literals by which places are found; the pattern stands right after one, or anywhere in a rule without",
  "leads": "what may stand before an anchor as part of the host",
  "behind, reach": "what must stand right before the pattern, within so many characters, as part of the span",
  "not_before, not_after": "what must not stand right before the span, or right after it",
  "words_before, words_spared": "words that make a number after them a quantity, and longer ones that do not",
  "check": "the named function that the groups must pass",
  "name": "how the id is written: {1} is the first group, {1|upper} the same through a named transform",
  "items": "the forms of the ids in a list that follows the pattern",
  "extent": "the entry of extents that a mask goes on with, if any"
 },
 "schemes": [
  "https://",
  "http://",
  "//"
 ],
 "host_glue": "[0-9A-Za-z_.-]",
 "archives": [
  "acc-phys",
  "adap-org",
  "alg-geom",
  "ao-sci",
  "astro-ph",
  "atom-ph",
  "bayes-an",
  "chao-dyn",
  "chem-ph",
  "cmp-lg",
  "comp-gas",
  "cond-mat",
  "cs",
  "dg-ga",
  "funct-an",
  "gr-qc",
  "hep-ex",
  "hep-lat",
  "hep-ph",
  "hep-th",
  "math",
  "math-ph",
  "mtrl-th",
  "nlin",
  "nucl-ex",
  "nucl-th",
  "patt-sol",
  "physics",
  "plasm-ph",
  "q-alg",
  "q-bio",
  "quant-ph",
  "solv-int",
  "supr-con"
 ],
 "fragments": {
  "port": "(?::[0-9]{2,5})?",
  "new": "([0-9]{4}[.][0-9]{4,5})(?:[vV][1-9][0-9]{0,2})?",
  "archive": "([A-Za-z]{1,7}(?:-[A-Za-z]{2,4})?)(?:[.][A-Za-z]{2,9}(?:-[a-z]{2,5})?)?",
  "old": "{{archive}}/([0-9]{7})(?:[vV][1-9][0-9]{0,2})?",
  "arxiv_page": "{{port}}/(?:abs|pdf|html|format|src|e-print|ps|list|bibtex)/(?:[Aa][Rr][Xx][Ii][Vv]:)?",
  "space_marks": " \\t\\n\\r\\f\\u000b\\u0085\\u00a0\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f",
  "space": "[{{space_marks}}]",
  "break": "(?:[\\n\\r]{1,2}[ \\t]{0,40})?",
  "money": "[$\\u00a2-\\u00a5\\u20a0-\\u20cf\\uffe0\\uffe1\\uffe5\\uffe6]",
  "parameters": "[?](?:(?!id=)[^&\"'<>{{space_marks}}]{0,300}&(?:amp;){0,3}){0,20}",
  "acl_old": "([A-Za-z][0-9]{2}-[0-9]{4})(?:[vVe][1-9][0-9]?)?",
  "acl_new": "([0-9]{4}[.][A-Za-z0-9]{2,30}-[A-Za-z0-9]{1,30}[.][0-9]{1,5})(?:[vVe][1-9][0-9]?)?",
  "acl_page": "{{port}}/(?!volumes/|events/|people/|venues/|sigs/)(?:[A-Za-z0-9-]{1,20}/){0,4}",
  "name": "([A-Za-z0-9_.+-]{1,250})",
  "conference": "([Cc][Vv][Pp][Rr]|[Ii][Cc][Cc][Vv])"
 },
 "rules": [
  {
   "id": "arxiv_address",
   "kind": "site",
   "paper": "arxiv",
   "anchors": [
    "arxiv.org",
    "ar5iv.org"
   ],
   "leads": [
    "www.",
    "export.",
    "browse.",
    "cn.",
    "ar5iv.labs."
   ],
   "pattern": "{{arxiv_page}}{{new}}",
   "not_after": [
    "[0-9A-Za-z]",
    "_(?!_;)",
    "[.][0-9]"
   ],
   "check": "arxiv_padded",
   "name": "{1|pad_number}"
  },
  {
   "id": "arxiv_address_old",
   "kind": "site",
   "paper": "arxiv",
   "anchors": [
    "arxiv.org",
    "ar5iv.org"
   ],
   "leads": [
    "www.",
    "export.",
    "browse.",
    "cn.",
    "ar5iv.labs."
   ],
   "pattern": "{{arxiv_page}}{{old}}",
   "not_after": [
    "[0-9A-Za-z]",
    "_(?!_;)"
   ],
   "check": "arxiv_old",
   "name": "{1|lower}/{2}"
  },
  {
   "id": "arxiv_reader",
   "kind": "site",
   "paper": "arxiv",
   "anchors": [
    "alphaxiv.org",
    "huggingface.co",
    "hf.co",
    "scirate.com"
   ],
   "leads": [
    "www."
   ],
   "pattern": "{{port}}/(?:(?:[a-z]{2}(?:-[A-Za-z]{2,4})?/)?(?:abs|pdf|html|overview|papers|arxiv|resources|audio)/)(?:[Aa][Rr][Xx][Ii][Vv]:)?{{new}}",
   "not_after": [
    "[0-9A-Za-z]",
    "_(?!_;)",
    "[.][0-9]"
   ],
   "check": "arxiv_padded",
   "name": "{1|pad_number}"
  },
  {
   "id": "arxiv_reader_old",
   "kind": "site",
   "paper": "arxiv",
   "anchors": [
    "alphaxiv.org",
    "huggingface.co",
    "hf.co",
    "scirate.com"
   ],
   "leads": [
    "www."
   ],
   "pattern": "{{port}}/(?:(?:[a-z]{2}(?:-[A-Za-z]{2,4})?/)?(?:abs|pdf|html|overview|papers|arxiv|resources|audio)/)(?:[Aa][Rr][Xx][Ii][Vv]:)?{{old}}",
   "not_after": [
    "[0-9A-Za-z]",
    "_(?!_;)"
   ],
   "check": "arxiv_old",
   "name": "{1|lower}/{2}"
  },
  {
   "id": "papers_cool_arxiv",
   "kind": "site",
   "anchors": [
    "papers.cool"
   ],
   "leads": [
    "www."
   ],
   "pattern": "{{port}}/arxiv/",
   "items": [
    {
     "paper": "arxiv",
     "pattern": "{{new}}",
     "check": "arxiv_padded",
     "name": "{1|pad_number}"
    },
    {
     "paper": "arxiv",
     "pattern": "{{old}}",
     "check": "arxiv_old",
     "name": "{1|lower}/{2}"
    }
   ]
  },
  {
   "id": "papers_cool_venue",
   "kind": "site",
   "anchors": [
    "papers.cool"
   ],
   "leads": [
    "www."
   ],
   "pattern": "{{port}}/venue/",
   "items": [
    {
     "paper": "openreview",
     "pattern": "([A-Za-z0-9_-]{7,14})@OpenReview",
     "name": "{1}"
    },
    {
     "paper": "acl",
     "pattern": "{{acl_new}}@ACL",
     "check": "acl_new",
     "name": "{1|lower}"
    },
    {
     "paper": "acl",
     "pattern": "{{acl_old}}@ACL",
     "check": "acl_old",
     "name": "{1|upper}"
    },
    {
     "paper": "ijcai",
     "pattern": "([0-9]{1,5})@((?:19|20)[0-9]{2})@IJCAI",
     "check": "positive",
     "name": "{1|strip_zeros}@{2}"
    },
    {
     "paper": "pmlr",
     "pattern": "([a-z][a-z0-9_-]{0,60}[0-9]{2}[a-z]{0,2})@(v[0-9]{1,4})@PMLR",
     "name": "{1}@{2}"
    },
    {
     "paper": "cvf",
     "pattern": "{{name}}@(CVPR|ICCV)([0-9]{4})@CVF",
     "name": "{1}@{2}{3}"
    },
    {
     "paper": "aaai",
     "pattern": "([0-9]{1,6})@AAAI",
     "check": "positive",
     "name": "{1|strip_zeros}"
    },
    {
     "paper": "usenix",
     "pattern": "([A-Za-z0-9_-]{1,100})@([a-z][a-z0-9-]{1,40})@USENIX",
     "name": "{1}@{2}"
    }
   ]
  },
  {
   "id": "openreview",
   "kind": "site",
   "paper": "openreview",
   "anchors": [
    "openreview.net"
   ],
   "leads": [
    "www.",
    "api.",
    "api2."
   ],
   "pattern": "{{port}}/(?:forum|pdf|attachment|revisions)/?{{parameters}}id=([A-Za-z0-9_-]{7,14})",
   "not_after": [
    "[A-Za-z0-9_~-]",
    "[.][A-Za-z]{1,12}/"
   ],
   "name": "{1}"
  },
  {
   "id": "openreview_arxiv",
   "kind": "site",
   "paper": "arxiv",
   "anchors": [
    "openreview.net"
   ],
   "leads": [
    "www.",
    "api.",
    "api2."
   ],
   "pattern": "{{port}}/forum/?{{parameters}}[Aa][Rr][Xx][Ii][Vv][Ii][Dd]=(?:[Aa][Rr][Xx][Ii][Vv]:)?{{new}}",
   "not_after": [
    "[0-9A-Za-z_]",
    "[.][0-9]"
   ],
   "check": "arxiv_padded",
   "name": "{1|pad_number}"
  },
  {
   "id": "openreview_arxiv_old",
   "kind": "site",
   "paper": "arxiv",
   "anchors": [
    "openreview.net"
   ],
   "leads": [
    "www.",
    "api.",
    "api2."
   ],
   "pattern": "{{port}}/forum/?{{parameters}}[Aa][Rr][Xx][Ii][Vv][Ii][Dd]=(?:[Aa][Rr][Xx][Ii][Vv]:)?{{old}}",
   "not_after": [
    "[0-9A-Za-z_]"
   ],
   "check": "arxiv_old",
   "name": "{1|lower}/{2}"
  },
  {
   "id": "acl_new",
   "kind": "site",
   "paper": "acl",
   "anchors": [
    "aclanthology.org",
    "aclweb.org",
    "aclanthology.info"
   ],
   "leads": [
    "www."
   ],
   "pattern": "{{acl_page}}{{acl_new}}",
   "not_after": [
    "[0-9A-Za-z_-]",
    "[.][0-9]"
   ],
   "check": "acl_new",
   "name": "{1|lower}"
  },
  {
   "id": "acl_old",
   "kind": "site",
   "paper": "acl",
   "anchors": [
    "aclanthology.org",
    "aclweb.org",
    "aclanthology.info"
   ],
   "leads": [
    "www."
   ],
   "pattern": "{{acl_page}}{{acl_old}}",
   "not_after": [
    "[0-9A-Za-z_-]",
    "[.][0-9]"
   ],
   "check": "acl_old",
   "name": "{1|upper}"
  },
  {
   "id": "ijcai",
   "kind": "site",
   "paper": "ijcai",
   "anchors": [
    "ijcai.org"
   ],
   "leads": [
    "www."
   ],
   "pattern": "{{port}}/[Pp]roceedings/((?:19|20)[0-9]{2})/([0-9]{1,5})(?:[.]pdf)?",
   "not_after": [
    "[0-9A-Za-z_-]"
   ],
   "check": "positive",
   "name": "{2|strip_zeros}@{1}"
  },
  {
   "id": "pmlr",
   "kind": "site",
   "paper": "pmlr",
   "anchors": [
    "proceedings.mlr.press"
   ],
   "leads": [
    "www."
   ],
   "pattern": "{{port}}/(v[0-9]{1,4})/([a-z][a-z0-9_-]{0,60}[0-9]{2}[a-z]{0,2})(?:[.]html|[.]pdf|/[a-z0-9_-]{1,90}[.]pdf)?",
   "not_after": [
    "[0-9A-Za-z_-]"
   ],
   "name": "{2}@{1}"
  },
  {
   "id": "pmlr_raw",
   "kind": "site",
   "paper": "pmlr",
   "anchors": [
    "raw.githubusercontent.com"
   ],
   "leads": [],
   "pattern": "{{port}}/mlresearch/(v[0-9]{1,4})/[A-Za-z0-9_-]{1,30}/(?:assets/)?([a-z][a-z0-9_-]{0,60}[0-9]{2}[a-z]{0,2})(?:[.]html|[.]pdf|/[a-z0-9_-]{1,90}[.]pdf)",
   "not_after": [
    "[0-9A-Za-z_-]"
   ],
   "name": "{2}@{1}"
  },
  {
   "id": "cvf",
   "kind": "site",
   "paper": "cvf",
   "anchors": [
    "openaccess.thecvf.com"
   ],
   "leads": [
    "www."
   ],
   "pattern": "{{port}}/content[/_]{{conference}}_?([0-9]{4})/(?:html|papers|supplemental)/{{name}}_{{conference}}_([0-9]{4})_(?:paper|supplemental)(?:[.]html|[.]pdf)?",
   "not_after": [
    "[0-9A-Za-z_-]"
   ],
   "check": "same_conference",
   "name": "{3}@{1|upper}{2}"
  },
  {
   "id": "cvf_early",
   "kind": "site",
   "paper": "cvf",
   "anchors": [
    "openaccess.thecvf.com",
    "cv-foundation.org/openaccess"
   ],
   "leads": [
    "www."
   ],
   "pattern": "{{port}}/content[/_]{{conference}}_?([0-9]{4})/(?:html|papers|supplemental)/{{name}}_([0-9]{4})_{{conference}}_(?:paper|supplemental)(?:[.]html|[.]pdf)?",
   "not_after": [
    "[0-9A-Za-z_-]"
   ],
   "check": "same_conference_early",
   "name": "{3}@{1|upper}{2}"
  },
  {
   "id": "aaai",
   "kind": "site",
   "paper": "aaai",
   "anchors": [
    "ojs.aaai.org",
    "aaai.org/ojs"
   ],
   "leads": [
    "www."
   ],
   "pattern": "{{port}}/{1,2}index[.]php/[Aa][Aa][Aa][Ii]/article/(?:view|download|viewFile)/([0-9]{1,6})(?:/[0-9]{1,6})?",
   "not_after": [
    "[0-9A-Za-z_-]"
   ],
   "check": "positive",
   "name": "{1|strip_zeros}"
  },
  {
   "id": "usenix",
   "kind": "site",
   "paper": "usenix",
   "anchors": [
    "usenix.org"
   ],
   "leads": [
    "www."
   ],
   "pattern": "{{port}}/conference/([a-z][a-z0-9-]{1,40})/(?:technical-sessions/)?presentation/([A-Za-z0-9_-]{1,100})",
   "not_after": [
    "[0-9A-Za-z_-]"
   ],
   "name": "{2}@{1}"
  },
  {
   "id": "neurips",
   "kind": "site",
   "search": "neurips",
   "anchors": [
    "proceedings.neurips.cc",
    "papers.neurips.cc",
    "papers.nips.cc"
   ],
   "leads": [
    "www.",
    "datasets-benchmarks-"
   ],
   "pattern": "{{port}}/(?:paper_files/)?paper/[0-9]{4}/(?:hash|file)/([0-9a-f]{32})(?:-[A-Za-z0-9_-]{1,80})?(?:[.]html|[.]pdf|[.]zip)?",
   "not_after": [
    "[0-9A-Za-z_-]"
   ],
   "name": "{1}"
  },
  {
   "id": "neurips_early",
   "kind": "site",
   "search": "neurips",
   "anchors": [
    "proceedings.neurips.cc",
    "papers.neurips.cc",
    "papers.nips.cc"
   ],
   "leads": [
    "www."
   ],
   "pattern": "{{port}}/paper/([0-9]{1,5}-[A-Za-z0-9_-]{1,250})(?:[.]html|[.]pdf)?",
   "not_after": [
    "[0-9A-Za-z_-]"
   ],
   "name": "{1}"
  },
  {
   "id": "eccv",
   "kind": "site",
   "search": "eccv",
   "anchors": [
    "ecva.net"
   ],
   "leads": [
    "www."
   ],
   "pattern": "{{port}}/papers/eccv_([0-9]{4})/papers_ECCV/(?:html|papers)/([0-9]{1,12})(?:_ECCV_[0-9]{4}_paper|-supp)?(?:[.]php|[.]pdf)",
   "not_after": [
    "[0-9A-Za-z_-]"
   ],
   "name": "{2}@{1}"
  },
  {
   "id": "eccv_cvf",
   "kind": "site",
   "search": "eccv",
   "anchors": [
    "openaccess.thecvf.com"
   ],
   "leads": [
    "www."
   ],
   "pattern": "{{port}}/content_ECCV_([0-9]{4})/(?:html|papers)/{{name}}_ECCV_[0-9]{4}_paper(?:[.]html|[.]pdf)?",
   "not_after": [
    "[0-9A-Za-z_-]"
   ],
   "name": "{2}@{1}"
  },
  {
   "id": "ndss",
   "kind": "site",
   "search": "ndss",
   "anchors": [
    "ndss-symposium.org"
   ],
   "leads": [
    "www."
   ],
   "pattern": "{{port}}/ndss-paper/([a-z0-9-]{1,250})",
   "not_after": [
    "[0-9A-Za-z_]"
   ],
   "name": "{1}"
  },
  {
   "id": "ndss_pdf",
   "kind": "site",
   "search": "ndss",
   "anchors": [
    "ndss-symposium.org"
   ],
   "leads": [
    "www."
   ],
   "pattern": "{{port}}/wp-content/uploads/(?:[0-9]{4}/[0-9]{2}/)?((?:ndss)?20[0-9]{2}[A-Za-z0-9_-]{1,100}[_-]paper)[.]pdf",
   "not_after": [
    "[0-9A-Za-z_-]"
   ],
   "name": "{1}"
  },
  {
   "id": "mlsys",
   "kind": "site",
   "search": "mlsys",
   "anchors": [
    "proceedings.mlsys.org"
   ],
   "leads": [
    "www."
   ],
   "pattern": "{{port}}/(?:paper_files/)?paper/[0-9]{4}/(?:hash|file)/([0-9a-f]{32})(?:-[A-Za-z0-9_-]{1,80})?(?:[.]html|[.]pdf)?",
   "not_after": [
    "[0-9A-Za-z_-]"
   ],
   "name": "{1}"
  },
  {
   "id": "isca",
   "kind": "site",
   "search": "isca",
   "anchors": [
    "isca-archive.org",
    "isca-speech.org/archive",
    "isca-speech.org/archive_v0"
   ],
   "leads": [
    "www."
   ],
   "pattern": "{{port}}/(?:pdfs/)?([A-Za-z0-9]{2,30}_[0-9]{4})/(?:pdfs/|abstracts/)?(?!index[.])([A-Za-z0-9_-]{1,80})[.](?:html|pdf)",
   "not_after": [
    "[0-9A-Za-z_-]"
   ],
   "name": "{2}@{1}"
  },
  {
   "id": "doi_arxiv",
   "kind": "doi",
   "paper": "arxiv",
   "anchors": [
    "10.48550/arxiv"
   ],
   "pattern": "[.:]{{new}}",
   "not_before": [
    "[0-9]",
    "[0-9][.]"
   ],
   "not_after": [
    "[0-9A-Za-z_]",
    "[.][0-9]"
   ],
   "check": "arxiv_padded",
   "name": "{1|pad_number}"
  },
  {
   "id": "doi_arxiv_old",
   "kind": "doi",
   "paper": "arxiv",
   "anchors": [
    "10.48550/arxiv"
   ],
   "pattern": "[.:]{{old}}",
   "not_before": [
    "[0-9]",
    "[0-9][.]"
   ],
   "not_after": [
    "[0-9A-Za-z_]"
   ],
   "check": "arxiv_old",
   "name": "{1|lower}/{2}"
  },
  {
   "id": "doi_acl_new",
   "kind": "doi",
   "paper": "acl",
   "anchors": [
    "10.18653/v1/"
   ],
   "pattern": "{{acl_new}}",
   "not_before": [
    "[0-9]",
    "[0-9][.]"
   ],
   "not_after": [
    "[0-9A-Za-z_-]",
    "[.][0-9]"
   ],
   "check": "acl_new",
   "name": "{1|lower}"
  },
  {
   "id": "doi_acl_old",
   "kind": "doi",
   "paper": "acl",
   "anchors": [
    "10.18653/v1/",
    "10.3115/v1/"
   ],
   "pattern": "{{acl_old}}",
   "not_before": [
    "[0-9]",
    "[0-9][.]"
   ],
   "not_after": [
    "[0-9A-Za-z_-]",
    "[.][0-9]"
   ],
   "check": "acl_old",
   "name": "{1|upper}"
  },
  {
   "id": "doi_ijcai",
   "kind": "doi",
   "paper": "ijcai",
   "anchors": [
    "10.24963/ijcai."
   ],
   "pattern": "((?:19|20)[0-9]{2})/([0-9]{1,5})",
   "not_before": [
    "[0-9]",
    "[0-9][.]"
   ],
   "not_after": [
    "[0-9A-Za-z_-]",
    "[.][0-9]"
   ],
   "check": "positive",
   "name": "{2|strip_zeros}@{1}"
  },
  {
   "id": "doi_aaai",
   "kind": "doi",
   "paper": "aaai",
   "anchors": [
    "10.1609/aaai."
   ],
   "note": "Volume 33 numbers its papers by page in eight digits, which is no article id.",
   "pattern": "[vV][0-9]{1,3}[iI][0-9]{1,2}[.]([0-9]{1,6})",
   "not_before": [
    "[0-9]",
    "[0-9][.]"
   ],
   "not_after": [
    "[0-9A-Za-z_-]",
    "[.][0-9]"
   ],
   "check": "positive",
   "name": "{1|strip_zeros}"
  },
  {
   "id": "doi_other",
   "kind": "mask",
   "pattern": "10[.][0-9]{4,9}(?:[.][0-9]{1,9}){0,4}/",
   "not_before": [
    "[0-9]"
   ],
   "extent": "doi"
  },
  {
   "id": "vixra",
   "kind": "mask",
   "note": "Another archive, whose numbers look the same.",
   "anchors": [
    "vixra.org/abs/",
    "vixra.org/pdf/",
    "vixra:",
    "vixra "
   ],
   "pattern": "{{space}}{0,3}{{new}}"
  },
  {
   "id": "arxiv_prefix",
   "kind": "text",
   "paper": "arxiv",
   "anchors": [
    "arxiv"
   ],
   "pattern": "(?:{{space}}{0,2}:{{space}}{0,40}|[.])(?:abs/)?([0-9]{4}[.]{{break}}[0-9]{4,5})(?:[vV][1-9][0-9]{0,2})?",
   "not_before": [
    "[0-9A-Za-z_]"
   ],
   "not_after": [
    "[0-9A-Za-z_]",
    "[.][0-9]"
   ],
   "check": "arxiv_padded",
   "name": "{1|pad_number}"
  },
  {
   "id": "arxiv_prefix_old",
   "kind": "text",
   "paper": "arxiv",
   "anchors": [
    "arxiv"
   ],
   "pattern": "(?:{{space}}{0,2}:{{space}}{0,40}|[.])(?:abs/)?{{archive}}/{{break}}([0-9]{7})(?:[vV][1-9][0-9]{0,2})?",
   "not_before": [
    "[0-9A-Za-z_]"
   ],
   "not_after": [
    "[0-9A-Za-z_]"
   ],
   "check": "arxiv_old",
   "name": "{1|lower}/{2}"
  },
  {
   "id": "acl_new_bare",
   "kind": "text",
   "paper": "acl",
   "pattern": "((?:19|20)[0-9]{2}[.][a-z][a-z0-9]{1,29}-[a-z0-9]{1,30}[.][0-9]{1,5})(?:v[1-9][0-9]?)?",
   "not_before": [
    "[0-9A-Za-z_]",
    "[0-9A-Za-z_][.-]"
   ],
   "not_after": [
    "[0-9A-Za-z_-]",
    "[.][0-9]"
   ],
   "check": "acl_new",
   "name": "{1}"
  },
  {
   "id": "arxiv_old",
   "kind": "text",
   "paper": "arxiv",
   "pattern": "/([0-9]{7})(?:[vV][1-9][0-9]{0,2})?",
   "behind": "{{archive}}",
   "reach": 32,
   "not_before": [
    "[0-9A-Za-z_]",
    "[0-9A-Za-z_][.-]"
   ],
   "not_after": [
    "[0-9A-Za-z_]",
    "[.][0-9]"
   ],
   "check": "arxiv_old",
   "name": "{1|lower}/{2}"
  },
  {
   "id": "arxiv_bare",
   "kind": "text",
   "paper": "arxiv",
   "pattern": "{{new}}",
   "not_before": [
    "[0-9A-Za-z_]",
    "[0-9A-Za-z][.]",
    "{{money}}",
    "{{money}} ",
    "[=<>~!]=",
    "(?<![^ \\t\\n\\r(\\[{=,:;<>|*/])[-+]",
    "[\\u2212\\u00b1\\u2248]",
    "(?<![0-9]{4}[.][0-9]{3})(?<![0-9]{4}[.][0-9]{4})(?<![vV])[0-9][+]",
    "(?<![0-9]{4}[.][0-9]{3})(?<![0-9]{4}[.][0-9]{4})(?<![vV])(?<![A-Za-z][0-9]{3})[0-9]-",
    "[+][0-9][ -]",
    "[+][0-9]{2}[ -]",
    "[+][0-9]{3}[ -]",
    "[+][0-9][)]",
    "[+][0-9]{2}[)]",
    "[+][0-9]{3}[)]",
    "[+][0-9][)] ",
    "[+][0-9]{2}[)] ",
    "[+][0-9]{3}[)] "
   ],
   "words_spared": [
    "arxiv version",
    "arxiv ver",
    "full version",
    "extended version",
    "long version",
    "preprint version",
    "journal version",
    "conference version",
    "arxiv\u7248\u672c",
    "arxiv \u7248\u672c",
    "\u5b8c\u6574\u7248\u672c",
    "\u9884\u5370\u7248\u672c"
   ],
   "words_before": [
    "version",
    "ver",
    "build",
    "firmware",
    "sdk",
    "tel",
    "telephone",
    "phone",
    "fax",
    "jd",
    "mjd",
    "hjd",
    "bjd",
    "julian date",
    "lat",
    "lon",
    "lng",
    "latitude",
    "longitude",
    "price",
    "rs",
    "usd",
    "eur",
    "gbp",
    "cny",
    "rmb",
    "jpy",
    "hkd",
    "inr",
    "krw",
    "aud",
    "cad",
    "chf",
    "twd",
    "sgd",
    "\u7248\u672c",
    "\u7248\u672c\u53f7",
    "\u7535\u8bdd",
    "\u624b\u673a",
    "\u4f20\u771f",
    "\u4ef7\u683c",
    "\u552e\u4ef7",
    "\u5355\u4ef7",
    "\u4eba\u6c11\u5e01",
    "\u7ecf\u5ea6",
    "\u7eac\u5ea6"
   ],
   "not_after": [
    "[0-9A-Za-z_]",
    "[.][0-9]",
    " ?[%\\u2030\\u00b0\\u2032\\u2033\\u00b1\\u00d7]",
    " ?{{money}}",
    "-(?![0-9]{4}[.][0-9]{4})[0-9]{3}",
    "-(?:alpha|beta|rc|dev|snapshot)",
    ",[0-9]{1,3}(?![0-9.])",
    "[ ,][NSEW](?![A-Za-z0-9.])",
    " ?[x*] ?10(?![0-9])",
    " ?(?:USD|EUR|GBP|CNY|RMB|JPY|HKD|INR|KRW|AUD|CAD|CHF|TWD|SGD|[Dd]ollars?|[Ee]uros?|[Yy]uan|[Pp]ounds?)(?![A-Za-z])",
    " ?(?:[kMGTm]?eV|[kcmn\\u00b5\\u03bc]m|[mn\\u00b5\\u03bc]s|k?g|mg|[kMG]?Hz|[KkMGT]i?B|\\u00c5|\\u212b|[hkM]?Pa|mbar|k?W|kWh|m/s|km/h|rpm)(?![A-Za-z])",
    " ?(?:\\u7f8e|\\u6b27|\\u65e5|\\u6e2f|\\u4e07|\\u4ebf)?[\\u5143\\u5186\\u5706\\uc6d0](?![\\u4e00-\\u9fff])",
    " ?(?:\\u7f8e|\\u6b27|\\u65e5|\\u6e2f|\\u4e07|\\u4ebf)?[\\u5143\\u5186\\u5706\\uc6d0][\\u7684\\u6574\\u8d77\\u6bcf]",
    " ?[\\u4e07\\u4ebf](?![\\u4e00-\\u9fff])"
   ],
   "check": "arxiv_new",
   "name": "{1}"
  }
 ],
 "addresses": {
  "arxiv": {
   "paper": [
    [
     "",
     "https://papers.cool/arxiv/{0}"
    ]
   ],
   "abstract": [
    [
     "",
     "https://arxiv.org/abs/{0}"
    ]
   ],
   "pdf": [
    [
     "",
     "https://arxiv.org/pdf/{0}"
    ]
   ]
  },
  "openreview": {
   "paper": [
    [
     "",
     "https://papers.cool/venue/{0}@OpenReview"
    ]
   ],
   "abstract": [
    [
     "",
     "https://openreview.net/forum?id={0}"
    ]
   ],
   "pdf": [
    [
     "",
     "https://openreview.net/pdf?id={0}"
    ]
   ]
  },
  "acl": {
   "paper": [
    [
     "",
     "https://papers.cool/venue/{0}@ACL"
    ]
   ],
   "abstract": [
    [
     "",
     "https://aclanthology.org/{0}/"
    ]
   ],
   "pdf": [
    [
     "",
     "https://aclanthology.org/{0}.pdf"
    ]
   ]
  },
  "ijcai": {
   "paper": [
    [
     "",
     "https://papers.cool/venue/{0}@IJCAI"
    ]
   ],
   "abstract": [
    [
     "([0-9]+)@([0-9]{4})",
     "https://www.ijcai.org/proceedings/{2}/{1}"
    ]
   ],
   "pdf": [
    [
     "([0-9]+)@([0-9]{4})",
     "https://www.ijcai.org/proceedings/{2}/{1|pad_four}.pdf"
    ]
   ]
  },
  "pmlr": {
   "paper": [
    [
     "",
     "https://papers.cool/venue/{0}@PMLR"
    ]
   ],
   "abstract": [
    [
     "([^@]+)@(v[0-9]+)",
     "https://proceedings.mlr.press/{2}/{1}.html"
    ]
   ],
   "pdf": [
    [
     "([^@]+)@(v(?:[7-9][0-9]|1[0-9][0-9]|20[0-2]))",
     "https://proceedings.mlr.press/{2}/{1}/{1}.pdf"
    ]
   ]
  },
  "cvf": {
   "paper": [
    [
     "",
     "https://papers.cool/venue/{0}@CVF"
    ]
   ],
   "abstract": [
    [
     "([^@]+)@(CVPR|ICCV)(202[1-9]|20[3-9][0-9])",
     "https://openaccess.thecvf.com/content/{2}{3}/html/{1}_{2}_{3}_paper.html"
    ],
    [
     "([^@]+)@(CVPR|ICCV)(2019|2020)",
     "https://openaccess.thecvf.com/content_{2}_{3}/html/{1}_{2}_{3}_paper.html"
    ],
    [
     "([^@]+)@(CVPR|ICCV)(201[678])",
     "https://openaccess.thecvf.com/content_{2|lower}_{3}/html/{1}_{2}_{3}_paper.html"
    ],
    [
     "([^@]+)@(ICCV)(2015)",
     "https://openaccess.thecvf.com/content_{2|lower}_{3}/html/{1}_{2}_{3}_paper.html"
    ],
    [
     "([^@]+)@(CVPR|ICCV)(201[345])",
     "https://openaccess.thecvf.com/content_{2|lower}_{3}/html/{1}_{3}_{2}_paper.html"
    ]
   ],
   "pdf": [
    [
     "([^@]+)@(CVPR|ICCV)(202[1-9]|20[3-9][0-9])",
     "https://openaccess.thecvf.com/content/{2}{3}/papers/{1}_{2}_{3}_paper.pdf"
    ],
    [
     "([^@]+)@(CVPR|ICCV)(2019|2020)",
     "https://openaccess.thecvf.com/content_{2}_{3}/papers/{1}_{2}_{3}_paper.pdf"
    ],
    [
     "([^@]+)@(ICCV)(2017)",
     "https://openaccess.thecvf.com/content_{2}_{3}/papers/{1}_{2}_{3}_paper.pdf"
    ],
    [
     "([^@]+)@(CVPR|ICCV)(201[678])",
     "https://openaccess.thecvf.com/content_{2|lower}_{3}/papers/{1}_{2}_{3}_paper.pdf"
    ],
    [
     "([^@]+)@(ICCV)(2015)",
     "https://openaccess.thecvf.com/content_{2|lower}_{3}/papers/{1}_{2}_{3}_paper.pdf"
    ],
    [
     "([^@]+)@(CVPR|ICCV)(201[345])",
     "https://openaccess.thecvf.com/content_{2|lower}_{3}/papers/{1}_{3}_{2}_paper.pdf"
    ]
   ]
  },
  "aaai": {
   "paper": [
    [
     "",
     "https://papers.cool/venue/{0}@AAAI"
    ]
   ],
   "abstract": [
    [
     "",
     "https://ojs.aaai.org/index.php/AAAI/article/view/{0}"
    ]
   ],
   "pdf": []
  },
  "usenix": {
   "paper": [
    [
     "",
     "https://papers.cool/venue/{0}@USENIX"
    ]
   ],
   "abstract": [
    [
     "([^@]+)@([^@]+)",
     "https://www.usenix.org/conference/{2}/presentation/{1}"
    ]
   ],
   "pdf": []
  }
 },
 "combined": {
  "arxiv": "https://papers.cool/arxiv/",
  "venue": "https://papers.cool/venue/"
 },
 "search": {
  "arxiv": "https://papers.cool/arxiv/search?highlight=1&query=",
  "venue": "https://papers.cool/venue/search?highlight=1&query="
 }
};
