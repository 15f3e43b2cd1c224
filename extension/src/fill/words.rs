//! Words that tell a second factor's field from its look-alikes, in the languages that people read.
//!
//! A table is one string: phrases between bars, in folded form (see [`fold`]). A blank at an end of a
//! phrase is a word boundary; without one the phrase may begin or end inside a word, as it must in
//! languages that compound or inflect. Tables hold notions, not names of products or pages, so that a page
//! nobody has seen is read by the same rules.
//!
//! Never here: what follows from a word; `rules` weighs it.

use super::fold::{fold, is_ideograph};

/// Says by itself that a one-time code of a second factor is meant.
const FACTOR: &str = " otp | hotp | 2fa | mfa | tfa | twofa | oath | 2sv | 2step | 2 step |two factor|2 factor\
|twofactor|second factor|secondfactor|two step|twostep|multi factor|multifactor|multi step verif|multi faktor|one time pass|onetime pass\
|one time code|onetime code|one time pin|one time token|one time verif|one time sec|single use code|authenticator|authentication app|authenticating app\
|authentication device|auth app|totp|google auth|time based|generator app|generated code|code generator|code generated|dynamic code\
|google验|google驗|google認|google 验|google 驗|google 認|谷歌验证|谷歌认证|谷歌驗證|구글 인증|authy|duo mobile|freeotp|app code|from your app|from the app|in your app|by your app|aus der app|aus deiner app|aus ihrer app|in der app|votre application|l application d auth|tu aplicacion|la aplicacion de|seu aplicativo|dall app|dalla tua app|uit je app\
|uit de app|fran appen|fra appen|z aplikacji|z aplikace|z aplikacie|из приложения|з застосунку|от приложението|din aplicatie|sovelluksesta|uygulamadaki|uygulamanizdaki|アプリに表示|앱에 표시|second login factor|second authentication|additional authentication code\
|code from the mobile app|code from your mobile app|code in the mobile app|code de l application mobile|codigo de la aplicacion movil|codigo de la app movil|codigo do aplicativo|codice dell app\
|code uit de mobiele|code aus der mobil|kod fran mobilapp|kode fra mobilapp mobiilisovell|kod z mobil|код из мобильн|код з мобільн|код от мобилн|モバイルアプリのコード|모바일 앱의 코드\
|second login step|second sign in step|second step of the login|second step of login|second step of sign|zweiter anmeldeschritt|zweiten anmeldeschritt|deuxieme etape de connexion|segundo paso de inicio|segundo paso del inicio\
|segunda etapa do login|secondo passaggio di accesso|tweede inlogstap|drugi krok logow|druhy krok prihlas|druhy krok overen|второй шаг входа|другий крок входу|ikinci giris adim\
|codigo gerado|codigo generado|code genere|codice generato|generierten code|generierter code|gegenereerde code|genererad kod|generert kode|genereret kode|kod wygenerowan|wygenerowany kod|vygenerovany kod|generalt kod|codul generat|сгенерированный код|код сгенерирован|згенерований код|код згенерован|uretilen kod\
|2 stage|two stage|strong authentication|step up auth|step 2 auth\
|zwei faktor|zweifaktor|2 faktor|zwei schritt|zweistufig|zweiter faktor|zweiten faktor|mehrfaktor|multifaktor|einmalpasswort|einmalkennwort\
|einmalcode|einmal code|einmal passwort|einmaliger code|einmaligen code|authentifizierungs app|authentifikator|authenticatie app|bestatigungs app\
|deux facteurs|double facteur|2 facteurs|double authentification|deux etapes|2 etapes|second facteur|multifacteur|multi facteur|usage unique\
|application d authentification|appli d authentification|application authentificatrice|authentificateur\
|dos factores|doble factor|dos pasos|2 pasos|segundo factor|multiples factores|un solo uso|uso unico|contrasena de un\
|aplicacion de autentic|app de autentic|autenticador|clave dinamica\
|dois fatores|dois factores|2 fatores|duas etapas|2 etapas|segundo fator|multifator|aplicativo de autentic|aplicacao de autentic|aplicativo autentic\
|due fattori|2 fattori|doppio fattore|due passaggi|secondo fattore|multifattore|monouso|app di autenticazione|autenticatore|applicazione di autentic\
|twee factor|tweefactor|twee stap|tweestap|tweetraps|eenmalig|verificatie app\
|tva faktor|tvafaktor|tva steg|tvasteg|engangskod|engangslosen|autentiseringsapp|autentiserings app|autentiserare\
|to faktor|tofaktor|totrins|to trins|totrinn|to trinn|engangspassord|engangsadgang|autentificeringsapp|godkendelsesapp\
|kaksivaihei|kahden vaiheen|kaksiosai|monivaihei|monitekij|kertakaytto|todennussovell|todentajasovell|tunnistussovell\
|dwuetapow|dwuskladnik|dwustopniow|drugi skladnik|wieloskladnik|jednorazow|aplikacji uwierzyteln|aplikacja uwierzyteln|uwierzytelniajac\
|dvoufaktor|dvoufazov|dvoustupnov|dvojfaktor|dvojfazov|dvojstupnov|vicefaktor|viacfaktor|jednorazov|overovaci aplikac|overovacej aplikac\
|autentizacni aplikac|autentifikacni aplikac|autentifikacnej aplikac\
|ketfaktor|ket faktor|ketlepcsos|ketlepeses|kettos hitelesit|tobbtenyezos|egyszer hasznalatos|egyszeri jelszo|egyszeri kod|hitelesito alkalmaz\
|doi factori|doi pasi|dubla autentif|factor dublu|unica folosinta|de unica|parola unica|aplicatia de autentif|aplicatiei de autentif|autentificator\
|двухфактор|двухэтап|двухшаг|второй фактор|второго фактора|многофактор|одноразов|аутентификатор|приложения аутентиф|приложения для аутентиф\
|приложение для аутентиф|генератор|двофактор|двоетап|двокроков|другий фактор|багатофактор|автентифікатор|застосунку автентиф\
|застосунку для автентиф|двуфактор|двуетап|двустъп|двустеп|втори фактор|еднократ|удостоверител|приложение за удостовер\
|dvofaktor|dvostep|dvostop|dvokorac|u dva koraka|jednokrat|enkratn|autentifikator|overitelj|aplikacije za autentif|aplikacija za autentif\
|двостеп\
|δυο παραγοντων|2 παραγοντων|δυο βηματων|διπλου παραγοντα|δευτερο παραγοντα|δευτεροσ παραγοντασ|μιασ χρησησ|μιασ χρησεωσ|εφαρμογη ελεγχου ταυτ|εφαρμογη ταυτοποι\
|iki faktor|iki asamali|iki adimli|cift faktor|ikinci faktor|cok faktorlu|tek kullanimlik|tek seferlik|dogrulayici|kimlik dogrulama uygulama\
|ثنائيه|عاملين|خطوتين|العامل الثاني|متعدد العوامل|مره واحده|تطبيق المصادق|استخدام واحد\
|דו שלבי|דו גורמי|שני שלבים|שני גורמים|גורם שני|חד פעמי|אפליקציית אימות|אפליקציית האימות|מאמת\
|دو مرحله|دو عاملي|دوعاملي|دومرحله|يكبار مصرف|يك بار مصرف|عامل دوم|برنامه احراز|رمز پويا\
|दो कारक|दो चरण|द्वि कारक|टू फैक्टर|वन टाइम|एक बार|प्रमाणक|प्रमाणीकरण ऐप|ओटीपी\
|ยืนยันตัวตนสอง|สองปัจจัย|สองขั้นตอน|2 ขั้นตอน|สองชั้น|แบบครั้งเดียว|ใช้ครั้งเดียว|แอปยืนยัน|แอปตรวจสอบ\
|hai yeu to|2 yeu to|hai lop|2 lop|hai buoc|2 buoc|mot lan|dung 1 lan|ung dung xac thuc|trinh xac thuc\
|dua faktor|dua langkah|dua tahap|sekali pakai|sekali guna|aplikasi autentik|aplikasi pengesah|autentikator|pengautentik\
|双重验证|双重认证|双重身份|双因素|双因子|两步|二步|两阶段|二次验证|二次认证|二级验证|多因素|多重身份|多因子|动态口令|动态密码|动态码|动态验证码|一次性|令牌码|验证器|认证器\
|雙重驗證|雙重認證|雙因素|雙因子|兩步|二階段|兩階段|多重要素|動態密碼|動態碼|驗證器|驗證應用\
|二要素|2要素|二段階|2段階|ツーファクタ|多要素|ワンタイム|認証アプリ|認証システム|認証器|オーセンティケータ\
|2단계|이단계|두 단계|2차 인증|이중 인증|이중인증|2요소|이요소|다단계|다중 인증|일회용|인증 앱|인증앱|인증기|오티피\
|dvieju faktor|dvieju veiksn|dvieju zingsn|vienkart|divu faktor|divfaktor|divpakapju|vienreiz|kaheastmeli|kahefaktor|kahetasemel|uhekord|autentimisrakend\
|dos factors|dos passos|d un sol us|aplicacio d autentic|bi faktore|bi urrats|dau ffactor|dwy gam|due factores\
|גוגל אותנטיקטור|google otp|구글 otp|mobile token|soft token|software token|token app\
|token do aplicativo|token do app|token de la app|token de la aplicacion";

/// A code that bears the name of one app's maker. So does the one by which a site proves whose it is, and the one that
/// its login hands over to be pasted.
const MAKER: &str = "google code|google verif|xac minh google|codigo google|codigo de google|code google|kod google|google kod|код google|google bestatigung|google sicherheit|google security";

/// Right before digits: they are what the sentence is about.
const IS: &str = " is | ist | lautet | est | es | e | este | jest | je | ar | er | это | це | ειναι | la | adalah ";

/// Around a code with a maker's name: settings of a site.
const SITE: &str = "search console|webmaster|site verif|verify ownership|ownership of|analytics| bing |yandex|baidu|pinterest| alexa |tag manager|facebook| seo | meta |sitemap|robots";

/// Around a field: what goes there is copied from another page.
const PASTE: &str = " paste |copy the code|copied code|einfugen|fugen sie| fuge |collez|coller|pegue|pega el|pegar|cole o|colar o|incolla|plak|klistra|lim inn|indsaet|liita|wklej|vloz|illess|lipiti|lipeste|встав|επικολλ|yapistir|الصق|הדבק|粘贴|貼上|貼り付け|붙여넣|dan vao|tempel";

/// In a heading of a page where somebody logs in, beside words for a check: a greeting, an account.
const LOGIN: &str = "login|log in|sign in|signin|welcome|hello| hi |good morning|account|sign on| log on|logon|portal|admin|dashboard|your phone|protected| access \
|anmelde|connexion|acceso|inicio de sesion|inlog|вход|willkommen|hallo|guten |konto|zugang|bienvenue|bonjour|compte| acces |bienvenid|hola|cuenta|bem vind|ola |conta |benvenut|ciao|accedi|accesso|conto|welkom|toegang|valkommen|hej |velkommen|hei |tervetuloa|kirjaudu\
|witaj|zaloguj|logowan|vitejte|prihlas|ucet|udvoz|bejelentkez|belep|fiok|bun venit|cont |добро пожаловать|здравствуй|привет|аккаунт|учетн|вітаємо|увійти|обліков|добре дошли|акаунт|καλωσ|συνδεση|λογαριασμ|hos geldin|merhaba|giris|hesap\
|مرحبا|تسجيل الدخول|حساب|ברוך|שלום|כניסה|חשבון|خوش امد|ورود|स्वागत|लॉगिन|खाता|ยินดีต้อนรับ|เข้าสู่ระบบ|บัญชี|chao mung|dang nhap|tai khoan|selamat datang|masuk|akun|欢迎|登录|登陆|账号|账户|歡迎|登入|帳號|帳戶|ようこそ|ログイン|サインイン|アカウント|환영|로그인|계정";

/// A check of who somebody is. With a word for "code" it is a code from a factor, or from a message. Not the login by itself:
/// its code may be anything that somebody was given.
const VERIFY: &str = "verif|верифик|potrdit|authent| auth |authcode|2nd factor|confirm|security|your identity|validation|secure|safety|approv|response\
|bestatig|sicherheit|prufcode|prufziffer|uberpruf|controle|securite|seguridad|comprob|autentic|autentif|seguranca|entrar\
|conferma|sicurezza|convalid|beveilig|bevestig|bekraft|sakerhet|kontroll|bekreft|sikkerhed|sikkerhet|godkend|bekraeft\
|vahvist|turva|todenn|varmenn|weryfik|potwierdz|bezpieczen|uwierzyteln|overov|overen|bezpecnost|potvrz|potvrd|hitelesit|ellenorz|biztonsag|megerosit\
|securitate|подтверж|безопасн|аутентиф|авториза|перевір|підтвердж|безпек|автентиф|потвърж|провер|удостовер|потврд|сигурнос|безбедн\
|provjer|proveravan|sigurnos|bezbednos|preverit|varnost|επαληθ|επιβεβαι|ασφαλ|ταυτοπ|ελεγχ|dogrula|onay|guvenlik|تحقق|الامان|تاكيد|مصادقه\
|אימות|אבטחה|אישור|تاييد|امنيتي|احراز|सत्याप|सुरक्षा|प्रमाण|पुष्टि|ยืนยัน|ความปลอดภัย|ตรวจสอบ|xac minh|xac thuc|xac nhan|bao mat|keamanan|konfirmasi|autentik|pengesahan|keselamatan\
|验证|认证|校验|安全|确认|驗證|認證|確認|認証|検証|セキュリティ|인증|확인|보안|patvirt|saugum|patikr|apstiprin|drosib|parbaud|kinnitus|autentimis";

/// What is typed: a code, a token, digits.
const CODE: &str = "code| cod |token| pin |digit|kod |kody |koodi|kodu|kodo|kodas|kods|kodi |koda |chiffre|codigo|codice|codul|codi |cijfer|siffr|ciffer|cyfr|cislic|cisel|szamjegy|cifr\
|код|токен|цифр|κωδικ|ψηφι|رمز|كود|קוד|ספרות|كد|कोड|रहस्य अंक|รหัส|โค้ด|ma xac| ma |chu so|kode|angka|码|碼|コード|番号|桁|코드|번호|kood|challenge|one time|otp|einmal";

/// Before a word for a code: what does not say which one.
const PLAIN: &str = "numeric|number|unique|temporary|login|log in|sign in|current|new |generated|random|fresh|dynamic|otp|자리|숫자|받은|보낸|전송|표시|생성|입력|다음|아래|해당|현재|앱|휴대|기기|모바일|문자|메일|메시지|토큰|로그인|나온|보이는\
| app|aplica|applica| acces|connexion|inicio| votre | tu | su | seu | sua | tuo | tua |six|seis| sei |chiffre|digito|cifr|tempor| unic| dari | yang | akses | masuk | anda | enam |gerado|generado|genere|generato|recu|receb|recib|ricevut|affich|mostra|telefon|telephone|celular|movil|mobile|handy|smartphone| phone | device |dispositiv|dispositif|gerat|generat|token|rahasia|your bank| sms | mail";

/// A word for "code" that is followed by which one it is, or by who has it …
const NAMED: &str = " code| codigo| codice| kode| otp| pin";

/// … after one of these words.
const AFTER: &str = " de | du | d | del | do | da | di | della | dari | of | from | given by | shared by | shown by | shown on | shown in | displayed by | displayed on | displayed in | von | vom | van ";

/// Between the two: the length.
const LENGTH: &str = " de 6 digitos | de seis digitos | a 6 chiffres | a six chiffres | a 6 cifre | a sei cifre | 6 digit ";

/// What is called a code and scanned.
const SCANNED: &str = "qr code|code qr|qr kod|kod qr|codigo qr|codice qr|qr код|код qr|qrコード|qr コード|qr코드|qr 코드|二维码|二維碼|رمز qr";

/// Digits: with a number of them, the length of a code.
const DIGITS: &str = "digit|stellig|ziffer|chiffre|dixit|cifr|cijfer|siffr|ciffer|numero|cyfr|cislic|cisel|mistn|szamjegy|цифр|знач|ψηφι|hane|basamak|ارقام|رقم|ספרות|अंक|หลัก|ตัว|chu so|so |angka|位|桁|자리|skaitm|cipar|koha";

/// Recovery, backup, reset: a code of another kind, which a person keeps on paper.
const RECOVERY: &str = "recovery|recover |backup| back up|scratch|emergency|rescue|reset code|reset token|reset pin|reset key|2fa reset|twofa reset|unlock code|fallback code|one of your codes|one of the codes|codes you saved|codes that you saved|saved codes|printed|bypass code|paper key\
|notfall|ersatzcode|sicherungscode|reservecode|secours|recuper|respaldo|emergencia|copia de seguridad|ripristino| di riserva|emergenza\
|herstel|noodcode|reservekod|aterstall|nodkod|gendan|gjenopprett|palautus|varakood|varmuuskop|odzysk|zapasow|awaryjn|obnov|zalozn|zaloh|nouzov|nudzov|helyreallit|biztonsagi mentes|tartalek|vesz kod\
|восстановл|резервн|аварийн|запасн|відновл|аварійн|възстанов|резервен|опоравак|обнов|oporav|rezervn|sigurnosna kopija|ανακτησ|εφεδρικ|kurtarma|yedek|استرداد|احتياطي|الطوارئ|שחזור|גיבוי|بازيابي|پشتيبان|اضطراري\
|पुनर्प्राप्ति|रिकवरी|बैकअप|กู้คืน|สำรอง|ฉุกเฉิน|khoi phuc|du phong|pemulihan|cadangan|sandaran|恢复|备用|备份|救援|应急|恢復|復原|備用|備份|リカバリ|回復|復旧|バックアップ|緊急|복구|백업|비상|atkurim|atsargin|atkop|atgusan|rezerves|taaste|varukood";

/// "Or": a label that offers a choice of codes.
const OR: &str = " or | oder | ou | o | u | of | eller | tai | lub | albo | nebo | alebo | vagy | sau | или | або | чи | ili | ali | η | veya | ya da | او | או | يا | या | หรือ | hoac | atau | arba | vai | voi | edo | neu |或|または|もしくは|또는| / ";

/// Another thing that is called a code. Of its own label or name this settles the matter.
const OTHER: &str = "coupon|promo|voucher|discount|gift|referral|refer a|invit|redeem|rebate|campaign|affiliate|partner code|membership|postal|postcode|post code|zip code| zip |zipcode| plz |postleitzahl|area code|country code| dial |calling code|cvv|cvc| csc | card|iban| swift| bic |sort code\
|routing| bank|account number|account no|kontonummer|expir|issue number|cardholder|credit| debit| payment|picture code|image code|in the image|in the picture|seccode|imgcode|vcode image|human| robot|spam|characters shown|characters you see|letters shown|as it appears|verifycode img|kaptcha\
|validatecode|checkcode|securimage|device code|user code| epp |eppcode|auth info|authinfo|transfer code|pairing|pair code|quick connect|quickconnect|activation key|activate device|tv code|link code| room|meeting|conference| game |game code|game pin|class code| course| school|join code|lobby\
|party code|quiz|license|licence|product key|product code|serial|sku|barcode|bar code|item code| stock|tracking| order|booking|reservation|invoice|reference| ticket| flight| station|airport|customer n|customer code|employee|staff|student|member id|company| vat | tax |passport|national id|ssn\
|social security|language|currency| html |source code|embed|snippet|error code|status code| color|colour| hex | css |javascript|subject|comment| url |address| city |street|search|query|keyword|filter|quantity|amount|price|admin token|api token|api key|access token|personal access|auth key|authkey\
|bearer|client secret|client id|token name|key name|webhook|deploy|registration token|runner|bot token|im bild|bildcode|sicherheitsbild|gutschein|aktionscode|geschenk|einladung|empfehlung|lizenz|kundennummer|bestellnummer|sendungsnummer|vorwahl|bankleitzahl|kartennummer\
|kartenprufnummer|geratecode|raumcode|zugangscode raum|bon de reduction|code de reduction| carte |parrainage|cadeau|indicatif|commande|numero de client|cupon|descuento|regalo|tarjeta|pedido|imagen|cupom| presente \
|cartao|convite| cep |imagem| cap |sconto|buono|codice fiscale|immagine|ordine|korting| kaart|uitnodig|presentkort| kort|inbjud|postnummer|postnr|gavekort|alennus|lahjakortti|postinumero|kutsu|tilaus|rabat|kupon| bon |podarunk|karty|zaproszen\
|pocztow|zamowien|obrazk|sleva|slevov|darkov|pozvank| psc |kedvezmeny|ajandek|meghivo|iranyitoszam|reducere|cadou|купон|промо|скидк|подароч|приглаш|почтов|индекс| карт|картинк|капч|знижк|подарунк|запрош|поштов|індекс|картк|зображ|отстъпк|ваучер\
|покан|пощенск|κουπονι|εκπτωσ|δωρο|προσκλησ|ταχυδρομ|καρτα|εικονα|indirim|hediye|davet|posta kodu| kart|resim|guvenlik resmi|قسيمه|خصم|دعوه|البريدي|بطاقه|الصوره|קופון|הנחה|הזמנה|מיקוד|כרטיס|תמונה|تخفيف|دعوت|پستي|كارت|تصوير|कूपन|छूट|पिन कोड|आमंत्रण|कार्ड|चित्र|คูปอง|ส่วนลด|ไปรษณีย์|เชิญ|บัตร\
|รูปภาพ|giam gia|khuyen mai|buu chinh| ma moi |the tin|hinh anh|diskon|undangan|kode pos|kartu|gambar|优惠|折扣|兑换|邀请|推荐码|邮编|邮政|银行卡|卡号|图形|图片|图中|图像|看不清|激活码|设备码|序列号|授权码|許可證|優惠|兌換|邀請|郵遞|圖形|圖片|圖像|序號|クーポン|割引|招待|紹介|郵便|カード|画像|シリアル|ライセンス|文字認証|쿠폰|할인|초대|추천|우편|카드|이미지|자동입력|시리얼|nuolaid|pakviet|pasto kod|atlaid\
|ielugum|pasta indek|soodus|kutse|postiindeks| tv | television|fernseh|телевизор|テレビ|电视|電視|session code|setup code|support code|event code|pickup code|pick up code|collection code|locker|vote code|voting code|survey| exam |registration code|branch code|claim code|prize|raffle|sitzungscode\
|aktivierungscode|freischaltcode|kopplungscode|veranstaltung|code de la salle|code d activation|examen|codigo de la sala|codigo de activacion|codigo de activacao|codigo de reserva|encuesta\
|codice di attivazione|sondaggio|esame|activeringscode|activatiecode|aktiveringskod|kod aktywac|aktivacni kod|aktivalo kod|cod de activare|код комнаты|код активац|активационн|код получения|код кімнати|oda kodu|aktivasyon kodu|رمز الغرفه|رمز التفعيل\
|קוד הפעלה|परीक्षा|ma kich hoat|kode aktivasi|房间号|房间码|课程码|班级码|会议号|签到码|取件码|考试|房間|會議|クラスコード|ルームコード|参加コード|会議|予約番号|試験|입장 코드|회의|시험|활성화 코드";

/// A page with such a heading is about another code, whatever its field is called.
const ELSEWHERE: &str = "coupon|promo|voucher|discount|gift|redeem| cart | basket|checkout|delivery|shipping|billing|payment|captcha| document | documento |dokumen|документ| certificate | certificado |certificat |certificato|zertifikat|sertifika|сертифик|证书|證書|証明書|증명서|prescription|prescripcion|receita|diploma|meeting\
|webinar|conference| game | quiz|survey| invit|tracking| booking|licence key|license key|product key|gutschein|warenkorb|einladung|panier|carrito|cesta|cupon|cupom|carrinho|carrello|winkelwagen|kundvagn|kurv|ostoskori|koszyk|kosik|kosar|корзин|купон|кошик|количка|sepet|kupon|keranjang\
|gio hang|سله|עגלה|سبد خريد|कार्ट|ตะกร้า|购物车|优惠|兑换|購物車|優惠|カート|クーポン|招待|장바구니|쿠폰| order | accessory| join a session|support session|remote support|join the event|join event| exam | delete | locker|parcel|membership|geschenk|einlosen|zahlung|cadeau\
|paiement|commande|reservation|regalo|pago |pedido|pagamento|regali|ordine|podarunk|prezent|подар|оплат|бронир|hediye|odeme|礼品|支付|付款|订单|禮品|ギフト|お支払|注文|予約|결제|주문|예약|unsubscribe| status ";

/// The same of another device: it shows a code, and an app may be named, so that no label outweighs it.
const DEVICE: &str = "device code|device login|connect a device|connect your device|link a device|link your device|add a device| activate |activation| pair |pairing|quick connect|wi fi|bluetooth| tv |koppeln|gerat verbinden|appairer|jumeler|appareil a connecter|emparejar|vincular|parear|abbina|koppelen|parkoppla|parowanie|sparovat\
|сопряжен|привязать устройств|eslestir|配对|配對|ペアリング|페어링";

/// Outweighs even the words of a second factor: another device's code, or a picture that has to be read.
const NEVER: &str = "captcha| user code | device code |pairing| search|suche |buscar|rechercher|pesquis|cerca |zoeken|szukaj|hledat|поиск|пошук|搜索|搜尋|検索|검색";

/// A key that types its codes itself, longer ones than an app's.
const HARDWARE: &str = "yubikey|yubi key|yubico| yubi |touch your|hardware key";

/// Who somebody is: what a login asks beside a code. Belongs to [`BESIDE`].
const USER: &str = "user name|username|userid|user id|login id|benutzername|nom d utilisateur|usuario|utilizador|nome utente|gebruikersnaam|anvandarnamn|brugernavn|kayttaja|uzytkownik|uzivatel|felhasznalo|utilizator|пользовател|користувач|потребител|χρηστη|kullanici|المستخدم|משתמש|كاربر|उपयोगकर्ता|ผู้ใช้|nguoi dung|pengguna|用户名|使用者|ユーザー|사용자\
|e mail|email|mail address|courriel|correo|почт|пошт|邮箱|郵件|メール|이메일";

/// A field beside the code's own: who, what it is called, which address. Weaker than [`OTHER`]: words of a
/// second factor in the same label outweigh it ("user OTP").
const BESIDE: &str = "device name|nickname|friendly name|display name|name of| name |label|alias|identifier|description|geratename|bezeichnung|nom de l appareil|nombre del dispositivo| naam | namn | navn | nimi |nazwa|nazev|nazov| nume | имя |назва| ім я | име |ονομα|ad | isim |اسم|שם|نام|नाम|ชื่อ|ten |nama|名称|名稱|名前|이름\
|secret|seed|shared key|setup key|manual key|geheim|schlussel|chave|chiave|sleutel|nyckel|nogle|avain|klucz|klic|kulcs|cheie|секрет|ключ|κλειδι|anahtar|密钥|密鑰|シークレット|비밀\
|period| interval|issuer|algorithm|service|account|amount|number of|phone| date | year | month | day |birth| age |website| url |mobile number|telefon\
|मोबाइल नंबर|رقم الهاتف|رقم الجوال|شماره موبايل|מספר טלפון|เบอร์โทร|so dien thoai|nomor hp|nomor telepon|手机号|手機號|電話番号|휴대폰 번호|전화번호|номер телефон|telefoonnummer|τηλεφων";

/// The seed of the codes, which is typed where codes are made and not where they are asked for.
const SEED: &str = "secret|seed |shared key|setup key|manual key|geheim|chiave segreta|sekret|секрет|密钥|密鑰|シークレット|비밀|السري\
|authenticator key|authentication key|otp key|key totp|base32|totp uri|authenticator schlussel|einrichtungsschlussel|cle totp|clave totp|chave totp|chiave totp\
|klucz totp|ключ totp|設定キー|설정 키|시크릿|мнемоник";

/// At the beginning of a label: what something is to be called.
const NAMING: &str = " name | nombre | nom | nome | naam | namn | navn | nimi | bezeichnung | benennen| nazwa | nazev | nazov | имя | название | назва | isim |名前|名称|名稱| 이름";

/// At the end of a machine's name: not the code but something about it.
const ABOUT: &str = " name | username | label | title | description | secret | seed | key | phone | mobile | email | mail | address | account | issuer | period | interval | digits | algorithm | length | size | expiry | expiration | expires | timeout | lifetime | ttl | validity | duration | window | attempts | retries | limit | count | url | template | prefix | method | type | enabled | remember | password | date | status | qr | search | query | counter | skew | drift | step | steps | policy | provider | format | lookahead | position | order | serial | arn ";

/// In a label: a setting for codes, not a code.
const SETTING: &str = " period | window | number of | drift | skew | lifetime | validity | timeout | expiry | expiration | issuer | algorithm | interval | attempts | length | type | sender | template | counter | provider | policy | lookahead ";

/// Words of a remembered password; a password field with them is not for a code.
const PASSWORD: &str = "password|passwort|kennwort|mot de passe|contrasena|senha|palavra passe|wachtwoord|losenord|adgangskode|passord|salasana|haslo|heslo|jelszo|parola|парол|κωδικοσ προσβασησ|sifre|كلمه المرور|כלמה|סיסמה|سيسم|گذرواژه|رمز عبور|पासवर्ड|รหัสผ่าน|mat khau|kata sandi|密码|密碼|パスワード|비밀번호|passphrase|passwd| pwd ";

/// What somebody was given for good, as a page calls it that wants it.
const CREDENTIALS: &str = "credential|zugangsdaten|anmeldedaten|identifiants|credencia|credenzial|inloggegevens|inloggningsuppgift|kirjautumistied|dane logowania|prihlasovaci udaj|учетные данные|облікові дані|认证信息|認証情報|凭据|자격 증명";

/// The code came, or will come, by message: the same form, another source.
const SENT: &str = " sent |we sent|sms|text message|texted|e mail|email|by phone|call you|whatsapp|gesendet|geschickt|envoye|courriel|enviado|enviamos|correo|inviato|verzonden|gestuurd|skickat|sendt|lahet|wyslan|wyslali|zaslan|odeslan|poslan|elkuldott|trimis|отправ|надісл|изпрат|послат|σταλ|εστειλ|gonder|ارسل|ارسال|נשלח|भेजा|ส่งไป|da gui|gui den|dikirim|dihantar|短信|邮件|邮箱|已发送|簡訊|郵件|已傳送|送信|メール|문자|전송|이메일|발송|issiust|nosutit|saadet";

/// A password that holds once; the other kind is remembered.
const ONCE: &str = "one time|onetime|single use|otp|authenticator|einmal|usage unique|un solo uso|uso unico|monouso|eenmalig|engang|kertakaytto|jednoraz|egyszer|unica folosinta|одноразов|еднократ|μιασ χρησ|tek kullanimlik|tek seferlik|مره واحده|חד פעמי|يكبار|يك بار|वन टाइम|एक बार|ครั้งเดียว|mot lan|1 lan|sekali|一次性|动态|動態|ワンタイム|일회용|vienkart|vienreiz|uhekord";

/// In a heading: somebody is without their second factor.
const LOST: &str = "lost your|lost my|can t access|cannot access|no access to|lost access|don t have access|locked out|forgot\
|verloren|kein zugriff|perdu|pas acces|perdido|sin acceso| perso |kwijt|tappat|mistet|utrac|ztra|потерял|утрат|втрат|kaybett|丢失|無法存取|无法访问|紛失|분실\
|without your phone|no longer have|lost device|lost phone|lost two factor|unavailable|not available|nicht verfugbar|keinen zugriff|plus acces|ya no tengo|no tengo acceso|nao tenho acesso|sem acesso\
|non ho accesso|geen toegang|nie masz dostepu|нет доступа|недоступ|немає доступу|erisemiyor|فقدت\
|不可用|无法使用|無法使用|使えない|利用できない|사용할 수 없";

/// Text around a field that says: read this picture, or this scrambled text.
const READ: &str = "in the image|in the picture|from the image|from the picture|the image into|on the image|the image above|the image below|picture above|picture below|characters you see|characters shown|characters above|letters shown|letters you see|digits you see|numbers you see\
|not a robot|you re human|you are human|are you human|captcha|code shown below|code shown above|code displayed below|code displayed above|code below|code above|text shown|case sensitive|different image|another image|new image|refresh the code|refresh code|reload image\
|im bild|dem bild|de l image|sur l image|la imagen|da imagem|na imagem|dell immagine|nell immagine|afbeelding|plaatje|obrazk|obrazc|картинк|зображен|画像|图中|图片|圖片|图形|圖形|看不清|换一张|이미지|그림|gorsel|resim|hinh anh|gambar|kuvassa|kuvan|bilden|billedet|bildet|εικον|الصوره|תמונה|تصوير\
|on the other screen|other device|on the screen|on your screen|a l ecran|en la pantalla|na tela|sullo schermo|op het scherm|pa skarmen|pa skjermen|na ekranie|na obrazovce|на экране|на екрані|ekranda|屏幕上|螢幕上|画面に表示|화면에 표시";

/// A button that has a code sent: the field says where to.
const SEND: &str = "send code|send a code|send the code|send me|send sms|send verification|send otp|get code|get a code|get otp|request code|request a code|text me|call me|code senden|code anfordern|code zusenden|envoyer le code|envoyer un code|recevoir\
|enviar codigo|enviar el codigo|obtener codigo|invia codice|invia il codice|code versturen|skicka kod|laheta koodi|wyslij kod|odeslat kod|poslat kod|kod kuldes|отправить код|получить код|надіслати код|отримати код|kodu gonder|kod gonder|gui ma|kirim kode\
|发送验证码|获取验证码|發送驗證碼|獲取驗證碼|コードを送信|認証番号を送信|코드 전송|인증번호 받기|인증번호 전송\
|ओटीपी भेज|ارسال الرمز|ارسال رمز|שלח קוד|gui otp|kirim otp|enviar otp|otp anfordern|otp gonder|获取otp|发送otp";

/// A button that keeps, makes or removes something: the form is for editing.
const EDIT: &str = " save | create | add | update | delete | remove | apply | register | edit |speichern|anlegen|hinzufug|loschen|enregistrer| ajouter | creer |supprimer| guardar | crear | anadir | eliminar | borrar | salvar | criar |adicionar|excluir| apagar\
| salva | crea |aggiungi| elimina |opslaan|toevoegen|verwijder|spara |lagre | gem |tallenna|zapisz| dodaj | usun | utworz |ulozit|smazat|mentes|torles|salveaza|сохран|добав|созда|удал|зберег|додат|видал|запази|αποθηκ| kaydet | ekle | sil |olustur|luu |xoa |simpan|tambah|hapus\
|保存|新增|添加|创建|删除|儲存|建立|刪除|作成|追加|削除|저장|추가|생성|삭제| حفظ | اضافه | حذف |שמור|ذخيره|सहेज|บันทึก";

/// An image beside the field that has to be read.
const IMAGE: &str = "captcha|vcode|verifycode|verify code|seccode|imgcode|kaptcha|validatecode|checkcode|securimage|randcode|rand code|authimage|验证码|change image|refresh image";

/// How much a text has to say of a one-time code.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Tier {
    /// Nothing.
    #[default]
    Silent,
    /// A code of some kind.
    Weak,
    /// A code that proves who somebody is.
    Medium,
    /// A code of a second factor.
    Strong,
}

/// Whether one of the phrases of `table` is in `text` (folded).
fn says(text: &str, table: &str) -> bool {
    table.split('|').any(|phrase| !phrase.is_empty() && text.contains(phrase))
}

/// How much `text` says of a one-time code.
pub(crate) fn tier(text: &str) -> Tier {
    // A QR code is scanned and not typed.
    let typed =
        SCANNED.split('|').fold(text.to_owned(), |text, scanned| text.replace(scanned, " "));
    let text = typed.as_str();
    if says(text, FACTOR) || says(text, MAKER) || text.split(' ').any(is_factor) {
        Tier::Strong
    } else if !says(text, CODE) {
        Tier::Silent
    // A PIN has six digits too.
    } else if text.contains("passcode")
        || says(text, VERIFY) && !is_only_pin(text)
        || says_length(text) && is_coded(text) && !is_pin(text) && !names_another(text)
    {
        Tier::Medium
    } else {
        Tier::Weak
    }
}

/// `otpcode`, `userotp`, `mfacode`: names without a seam.
fn is_factor(word: &str) -> bool {
    const STEMS: [&str; 6] = ["otp", "totp", "2fa", "mfa", "tfa", "twofa"];
    // "tfa" and "mfa" begin and end no common word; "otp" begins a few of Slavic languages.
    STEMS.iter().any(|stem| word.ends_with(stem))
        || STEMS[1..].iter().any(|stem| word.starts_with(stem))
        || ["otpcode", "otptoken", "otpinput", "otpvalue", "otpauth", "otpfield"]
            .iter()
            .any(|stem| word.starts_with(stem))
}

/// "6-digit gate code", "6位基金代码", "수령 코드", "code de session": between its length and the code, right before it
/// or right after it, stands which code it is.
fn names_another(text: &str) -> bool {
    let unknown = is_unknown;
    let between = text.split_once('位').and_then(|(_, after)| after.split_once(['码', '碼']));
    let chinese = between.is_some_and(|(name, _)| {
        let says_more = |c| is_ideograph(c) && !"的数數字代密令牌动動态態".contains(c);
        unknown(name) && name.chars().any(says_more)
    });
    let between = text.split_once(" digit ").and_then(|(_, after)| after.split_once(" code"));
    let english = between.is_some_and(|(name, _)| !name.trim().is_empty() && unknown(name));
    let mut parts: Vec<&str> = text.split("코드").collect();
    parts.pop();
    let korean = parts.iter().any(|before| {
        let name = before.split(' ').rfind(|word| !word.is_empty());
        let is_hangul = |name: &str| name.chars().all(|c| ('가'..='힣').contains(&c));
        name.is_some_and(|name| is_hangul(name) && unknown(name))
    });
    english || chinese || korean || is_held(text)
}

/// Whether a code that is called so may be any.
fn is_unknown(name: &str) -> bool {
    ![VERIFY, FACTOR, PLAIN, MAKER].iter().any(|table| says(name, table))
}

/// "OTP from the customer", "code de session", "código de 6 dígitos del visitante": who has a code, or of what it is.
pub(crate) fn is_held(text: &str) -> bool {
    let short = LENGTH.split('|').fold(text.to_owned(), |text, length| text.replace(length, " "));
    let held = |code: &str, after: &str| {
        short.split(&format!("{code}{after}")).skip(1).any(|name| {
            let words = name.split(' ').filter(|word| !word.is_empty()).take(3);
            let words = words.take_while(|word| !word.starts_with(|c: char| c.is_ascii_digit()));
            let name = format!(" {} ", words.collect::<Vec<_>>().join(" "));
            !name.trim().is_empty() && is_unknown(&name)
        })
    };
    NAMED.split('|').any(|code| AFTER.split('|').any(|after| held(code, after)))
        || held(" kode", " ")
}

/// Whether `text` says that an app shows the code, and not only that it holds once.
pub(crate) fn says_app(text: &str) -> bool {
    let rest = ONCE.split('|').filter(|once| *once != "authenticator");
    let rest = rest.fold(text.to_owned(), |text, once| text.replace(once, " "));
    text.contains("totp") || tier(&rest) == Tier::Strong
}

/// Whether `text` speaks of a code, and not only of digits, which a meter has, too.
fn is_coded(text: &str) -> bool {
    CODE.split('|').any(|phrase| !says(phrase, DIGITS) && text.contains(phrase))
}

/// "6-digit", "6 Ziffern", "6 位": the length of a code, in digits.
fn says_length(text: &str) -> bool {
    ["6", "8", "six", "sechs", "seis", "sei ", "zes", "шест", "sest"]
        .iter()
        .any(|number| text.contains(number))
        && says(text, DIGITS)
}

/// Whether `text` speaks of a recovery code, and does not offer it beside the other one.
pub(crate) fn is_recovery(text: &str) -> bool {
    if !says(text, RECOVERY) {
        return false;
    }
    // "Authentication code or recovery code": one of the parts must ask for the code without it.
    let mut parts = vec![text.to_owned()];
    for or in OR.split('|') {
        parts =
            parts.iter().flat_map(|part| part.split(or)).map(|part| format!(" {part} ")).collect();
    }
    let is_ours =
        |part: &String| !says(part, RECOVERY) && (Tier::Medium <= tier(part) || is_digits(part));
    parts.len() < 2 || !parts.iter().any(is_ours)
}

/// "123 456", as a sample of what an app shows.
fn is_digits(text: &str) -> bool {
    let count = text.chars().filter(char::is_ascii_digit).count();
    (6..=8).contains(&count) && text.chars().all(|c| c.is_ascii_digit() || c == ' ')
}

/// Whether `text` names what no page's second factor from an app is.
pub(crate) fn is_never(text: &str) -> bool {
    says(text, NEVER) || says(text, HARDWARE)
}

/// Whether a name is of a key that types its codes itself.
pub(crate) fn is_hardware(name: &str) -> bool {
    says(name, HARDWARE)
}

/// Whether `text` (not folded) holds a code itself: five to eight digits that are no sample, or digits among capitals.
pub(crate) fn shows_code(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|word| {
        matches!(word.len(), 5..=8)
            && word.bytes().all(|sign| sign.is_ascii_digit() || sign.is_ascii_uppercase())
            && word.bytes().any(|sign| sign.is_ascii_digit())
            && !"1234567890".contains(word)
            && !word.bytes().all(|digit| Some(digit) == word.bytes().next())
    })
}

/// Whether a sentence (not folded) tells six to eight digits that are no sample: "Your password is 482913",
/// "Code: 482913", "Your code 482913". Others are an account's, in a sentence that asks for its code.
pub(crate) fn tells_digits(text: &str) -> bool {
    let mut at = 0;
    text.split_inclusive(|c: char| !c.is_alphanumeric()).any(|part| {
        let before = text[..at].trim_end();
        at += part.len();
        let word = part.trim_end_matches(|c: char| !c.is_alphanumeric());
        let digits = 5 < word.len() && word.bytes().all(|sign| sign.is_ascii_digit());
        let folded = fold(before);
        digits
            && shows_code(word)
            && (before.ends_with([':', '：', '='])
                || folded.split_whitespace().count() < 3
                || IS.split('|').any(|is| folded.ends_with(is)))
    })
}

/// Whether `text` names another thing that is called a code.
pub(crate) fn is_other(text: &str) -> bool {
    says(text, OTHER)
}

/// Whether `text` asks for a code, or for a password that holds once.
pub(crate) fn is_once(text: &str) -> bool {
    says(text, ONCE) || says(text, CODE)
}

/// Whether `text` speaks of a check of who somebody is.
pub(crate) fn is_check(text: &str) -> bool {
    says(text, VERIFY)
}

/// Whether nothing but a maker's name says that `text` is of a second factor: "Google code".
pub(crate) fn is_makers(text: &str) -> bool {
    says(text, MAKER) && tier(&text.replace("google", " ")) < Tier::Strong
}

/// Whether `text` is of a site's settings for search engines and the like.
pub(crate) fn is_site(text: &str) -> bool {
    says(text, SITE)
}

/// Whether `text` has something pasted that another page shows.
pub(crate) fn is_pasted(text: &str) -> bool {
    says(text, PASTE)
}

/// Whether a sentence speaks of a code, of whatever kind.
pub(crate) fn is_code(text: &str) -> bool {
    says(text, CODE)
}

/// Whether a sentence asks for a code of a second factor, and for no recovery code.
pub(crate) fn asks(text: &str) -> bool {
    says(text, CODE) && !is_recovery(text) && Tier::Medium <= tier(text)
}

/// Whether a heading says that somebody is without their second factor. "Forgot password?" is about the first.
pub(crate) fn is_lost(text: &str) -> bool {
    says(text, LOST) && (!is_password(text) || is_once(text))
}

/// Whether `text`, around a field, says that something is to be read and typed.
pub(crate) fn is_read(text: &str) -> bool {
    says(text, READ)
}

/// Whether a button has a code sent.
pub(crate) fn is_send(text: &str) -> bool {
    says(text, SEND)
}

/// Whether a button keeps, makes or removes something.
pub(crate) fn is_edit(text: &str) -> bool {
    says(text, EDIT)
}

/// Whether a heading names a thing to do, in words, and neither a code nor a login: "Manage my booking".
pub(crate) fn is_errand(heading: &str) -> bool {
    let words = heading.split(' ').filter(|word| !word.is_empty()).count();
    let signs = heading.chars().filter(|c| is_ideograph(*c)).count();
    (1 < words || 3 < signs) && tier(heading) == Tier::Silent && !is_login(heading)
}

/// Whether a heading is of a page where somebody logs in.
pub(crate) fn is_login(heading: &str) -> bool {
    is_code(heading) || is_entry(heading)
}

/// Whether a sentence asks for a code by a name that is not ours: "the buyer's code".
pub(crate) fn is_called_otherwise(text: &str) -> bool {
    tier(text) == Tier::Weak && names_another(text)
}

/// Whether `text` speaks of somebody who logs in, or is checked.
pub(crate) fn is_entry(text: &str) -> bool {
    says(text, VERIFY) || is_account(text)
}

/// Whether `text` speaks of somebody who logs in, or of their account.
pub(crate) fn is_account(text: &str) -> bool {
    says(text, LOGIN) || says(text, USER)
}

/// Whether a heading says that the page is about another code.
pub(crate) fn is_elsewhere(text: &str) -> bool {
    says(text, ELSEWHERE)
        || says_device(text)
        || is_other(text) && is_code(text) && tier(text) < Tier::Strong
        || is_called_otherwise(text)
}

/// Whether a heading is about another device, which shows a code of its own.
pub(crate) fn says_device(text: &str) -> bool {
    says(text, DEVICE)
}

/// Whether `text` names something that stands beside a code.
pub(crate) fn is_beside(text: &str) -> bool {
    says(text, BESIDE) || is_user(text)
}

/// Whether a name (split) ends with what is not the code itself: `totp_secret`, `otp-phone`.
pub(crate) fn is_about(name: &str) -> bool {
    let last =
        name.split(' ').rfind(|word| !word.is_empty() && !word.starts_with(char::is_numeric));
    // A one-time password is the code itself.
    last.is_some_and(|word| {
        says(&format!(" {word} "), ABOUT) && !(word == "password" && says(name, ONCE))
    })
}

/// Whether `text` asks who somebody is.
pub(crate) fn is_user(text: &str) -> bool {
    says(text, USER)
}

/// Whether a label asks what something is to be called: "Name this authenticator".
pub(crate) fn is_naming(label: &str) -> bool {
    let begins = |phrase: &str| label.trim_start().starts_with(phrase.trim_start());
    !is_code(label) && NAMING.split('|').any(begins)
}

/// Whether a label asks for the seed that codes are made of: "TOTP secret", but not "secret code".
pub(crate) fn is_seed(label: &str) -> bool {
    says(label, SEED) && !says(&label.replace("otp", ""), CODE)
}

/// Whether a label ends with a setting for codes: "OTP length".
pub(crate) fn is_set(label: &str) -> bool {
    let last = label.split(' ').rfind(|word| !word.is_empty());
    last.is_some_and(|word| says(&format!(" {word} "), SETTING))
}

/// Whether a label names a setting.
pub(crate) fn is_setting(text: &str) -> bool {
    says(text, SETTING)
}

/// Whether `text` speaks of a PIN: something to remember, or to print on a letter.
pub(crate) fn is_pin(text: &str) -> bool {
    text.contains(" pin ") || text.contains(" pins ") || text.contains("pincode")
}

/// "Login PIN": a PIN, and no other code.
fn is_only_pin(text: &str) -> bool {
    let rest = [" pin code ", "pincode", " pin ", " pins "];
    is_pin(text) && !is_code(&rest.iter().fold(text.to_owned(), |text, pin| text.replace(pin, " ")))
}

/// Whether `text` asks for a remembered password.
pub(crate) fn is_password(text: &str) -> bool {
    says(text, PASSWORD)
}

/// Whether `text` speaks of credentials: what somebody was given for good.
pub(crate) fn is_credentials(text: &str) -> bool {
    says(text, CREDENTIALS)
}

/// Whether `text` says that the code comes by message.
pub(crate) fn is_sent(text: &str) -> bool {
    says(text, SENT)
}

/// Whether `text`, of an image's attributes, says that it has to be read.
pub(crate) fn is_image(text: &str) -> bool {
    says(text, IMAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_written_in_folded_form() {
        let mut wrong = Vec::new();
        // One letter of a neighbour's alphabet, and nobody sees why the word is never found.
        let hebrew = |c| ('\u{590}'..='\u{5ff}').contains(&c);
        let arabic = |c| ('\u{600}'..='\u{6ff}').contains(&c);
        for table in [
            FACTOR,
            VERIFY,
            CODE,
            RECOVERY,
            OR,
            OTHER,
            NEVER,
            ELSEWHERE,
            BESIDE,
            ABOUT,
            SETTING,
            PASSWORD,
            SENT,
            IMAGE,
            DIGITS,
            ONCE,
            LOST,
            READ,
            SEND,
            NAMING,
            SEED,
            EDIT,
            USER,
            SCANNED,
            LOGIN,
            HARDWARE,
            DEVICE,
            MAKER,
            SITE,
            IS,
            PASTE,
            CREDENTIALS,
            PLAIN,
            NAMED,
            AFTER,
            LENGTH,
        ] {
            for phrase in table.split('|') {
                assert!(!phrase.trim().is_empty(), "an empty phrase would be in every text");
                let mixed = phrase.contains(hebrew) && phrase.contains(arabic);
                assert!(!mixed, "half Hebrew and half Arabic: {phrase}");
                let folded = fold(phrase);
                if folded.trim() != phrase.trim() && phrase != " / " {
                    wrong.push(format!("{phrase}=>{}", folded.trim()));
                }
            }
        }
        assert!(wrong.is_empty(), "can never be found: {wrong:?}");
    }

    #[test]
    fn words_have_their_weight() {
        for (text, weight) in [
            ("One-time code", Tier::Strong),
            ("Google Authenticator", Tier::Strong),
            ("userotp", Tier::Strong),
            ("Verification code", Tier::Medium),
            ("Enter the 6-digit code", Tier::Medium),
            ("Code", Tier::Weak),
            ("Enter your 6-digit PIN", Tier::Weak),
            ("Password", Tier::Silent),
            ("Пароль для входа", Tier::Silent),
            ("", Tier::Silent),
        ] {
            assert_eq!(tier(&fold(text)), weight, "{text}");
        }
    }

    #[test]
    fn a_recovery_code_is_one_unless_it_is_offered_as_well() {
        for text in ["Recovery code", "Two-factor recovery code", "Backup or recovery code"] {
            assert!(is_recovery(&fold(text)), "{text}");
        }
        for text in [
            "Authentication code",
            "Two-factor code or recovery code",
            "6-digit authentication code/8-digit backup code",
            "Authentifizierungscode oder Wiederherstellungscode",
        ] {
            assert!(!is_recovery(&fold(text)), "{text}");
        }
    }
}
